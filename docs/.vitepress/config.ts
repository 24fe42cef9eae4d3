import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DefaultTheme, defineConfig } from 'vitepress'

const docs = fileURLToPath(new URL('..', import.meta.url))

export default defineConfig({
  title: 'onnx-finetune',
  description: 'Transfer learning in TypeScript, trained by stock ONNX Runtime',
  lang: 'en',
  cleanUrls: false,
  lastUpdated: false,
  themeConfig: {
    nav: [
      { text: 'First model', link: '/first-model' },
      { text: 'How it works', link: '/how-it-works' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: { '/api/': apiSidebar(), '/': guides() },
    outline: [2, 3],
    search: { provider: 'local' },
  },
})

function guides(): DefaultTheme.SidebarItem[] {
  return [
    {
      text: 'Start',
      items: [
        { text: 'Install', link: '/install' },
        { text: 'First model', link: '/first-model' },
        { text: 'Command line', link: '/cli' },
      ],
    },
    {
      text: 'Train',
      items: [
        { text: 'Freezing and learning rates', link: '/freezing' },
        { text: 'Own transforms', link: '/transforms' },
        { text: 'Weights in', link: '/weights' },
        { text: 'Own backbones', link: '/backbones' },
        { text: 'Reports', link: '/report' },
        { text: 'The exported classifier', link: '/export' },
      ],
    },
    {
      text: 'Coming from',
      items: [
        { text: 'onnxruntime-web/training', link: '/migrating' },
        { text: 'fastai', link: '/from-fastai' },
      ],
    },
    {
      text: 'Underneath',
      items: [
        { text: 'How it works', link: '/how-it-works' },
        { text: 'Official artifacts', link: '/artifacts' },
        { text: 'Performance', link: '/performance' },
        { text: 'API', link: '/api/' },
      ],
    },
  ]
}

/** One section for each import and kind of name, from the pages that TypeDoc wrote. */
function apiSidebar(): DefaultTheme.SidebarItem[] {
  const section = (text: string, folder: string): DefaultTheme.SidebarItem => ({
    text,
    link: `/api/${folder}/`,
    collapsed: folder !== 'onnx-finetune',
    items: ['functions', 'classes', 'variables', 'interfaces', 'type-aliases'].flatMap((kind) => names(folder, kind)),
  })
  return [
    { text: 'All guides', link: '/' },
    section('onnx-finetune', 'onnx-finetune'),
    section('onnx-finetune/node', 'onnx-finetune/node'),
    section('onnx-finetune/training', 'onnx-finetune/training'),
  ]
}

function names(folder: string, kind: string): DefaultTheme.SidebarItem[] {
  const directory = `${docs}api/${folder}/${kind}`
  if (!existsSync(directory)) return []
  const pages = readdirSync(directory).map((file) => file.replace(/\.md$/, ''))
  const items = pages.sort().map((name) => ({ text: name, link: `/api/${folder}/${kind}/${name}` }))
  return [{ text: kind.replace('-', ' '), collapsed: kind !== 'functions', items }]
}
