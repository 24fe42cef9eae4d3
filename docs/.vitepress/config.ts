import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DefaultTheme, defineConfig } from 'vitepress'

const docs = fileURLToPath(new URL('..', import.meta.url))

export default defineConfig({
  title: 'onnx-finetune',
  description: 'Transfer learning in TypeScript, trained by stock ONNX Runtime',
  lang: 'en',
  head: [['style', {}, ':root { --vp-code-font-size: 0.8125em } .vp-doc { --vp-code-block-font-size: 13px }']],
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
        page('Install', 'install'),
        page('First model', 'first-model'),
        page('In the browser', 'browser'),
        page('Command line', 'cli'),
      ],
    },
    {
      text: 'Train',
      items: [
        page('The automatic recipe', 'recipes'),
        page('Several labels, and numbers', 'tasks'),
        page('Freezing and learning rates', 'freezing'),
        page('Checkpoints', 'checkpoints'),
        page('Images', 'images'),
        page('Project files', 'projects'),
        page('Custom transforms', 'transforms'),
        page('Loading weights', 'weights'),
        page('Custom backbones', 'backbones'),
        page('Progress, report, metrics', 'report'),
        page('The exported classifier', 'export'),
        page('Embeddings', 'embeddings'),
        page('Past one machine', 'scale'),
        page('One run on many workers', 'scale-training'),
      ],
    },
    {
      text: 'Coming from',
      items: [
        page('onnxruntime-web/training', 'migrating'),
        page('fastai', 'from-fastai'),
        page('TensorFlow.js', 'from-tensorflowjs'),
        page('Teachable Machine', 'from-teachable-machine'),
      ],
    },
    {
      text: 'Internals',
      items: [
        page('How it works', 'how-it-works'),
        page('Performance', 'performance'),
        page('GPUs', 'gpus'),
        page('Official artifacts', 'artifacts'),
        page('Security', 'security'),
        { text: 'API', link: '/api/' },
      ],
    },
  ]
}

/** VitePress looks for dead links in pages only. */
function page(text: string, name: string): DefaultTheme.SidebarItem {
  if (!existsSync(`${docs}${name}.md`)) throw new Error(`docs/${name}.md is in the navigation, but not there`)
  return { text, link: `/${name}` }
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
    section('onnx-finetune/cluster', 'onnx-finetune/cluster'),
  ]
}

function names(folder: string, kind: string): DefaultTheme.SidebarItem[] {
  const directory = `${docs}api/${folder}/${kind}`
  if (!existsSync(directory)) return []
  const pages = readdirSync(directory).map((file) => file.replace(/\.md$/, ''))
  const items = pages.sort().map((name) => ({ text: name, link: `/api/${folder}/${kind}/${name}` }))
  return [{ text: kind.replace('-', ' '), collapsed: kind !== 'functions', items }]
}
