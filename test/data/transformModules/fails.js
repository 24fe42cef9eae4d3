export default {
  name: 'fails',
  apply() {
    throw new Error('not today')
  },
}
