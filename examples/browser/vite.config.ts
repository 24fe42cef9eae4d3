import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  server: { headers: isolated },
  preview: { headers: isolated },
  worker: { format: 'es' },
  build: { target: 'es2023' },
  resolve: { alias: { jimp: fileURLToPath(new URL('src/library/jimp.ts', import.meta.url)) } },
})
