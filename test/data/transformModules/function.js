export default function brighter(image) {
  return image
}
