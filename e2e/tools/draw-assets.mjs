// Draws the files of web/ that are pictures: the "Connect Health Data" buttons (SVG, and PNG of 259 pixels for pages that
// ask for .png) and the spinner that connect.js shows. Run by hand after a change: `npm run draw`.
//
// button-text.txt holds the words as outlines (Inter Semi Bold, 19 px, origin at the baseline; SIL Open Font License), so
// that they look the same where no font is installed.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launch } from '../lib/browser.mjs';

const WEB = fileURLToPath(new URL('../../web/', import.meta.url));
const WORDS = readFileSync(new URL('button-text.txt', import.meta.url), 'utf8').trim();
const WIDTH = 259;
const HEIGHT = 48;

const COLOURS = {
  blue: { fill: '#1d5fd1', ink: '#ffffff' },
  black: { fill: '#14181c', ink: '#ffffff' },
  white: { fill: '#ffffff', ink: '#14212a', line: '#b9c4ca' },
  grey: { fill: '#e6eaed', ink: '#14212a' },
  green: { fill: '#0f7355', ink: '#ffffff' },
};

function button({ fill, ink, line }) {
  const inset = line ? 0.5 : 0; // a border lies on the middle of its line
  const border = line ? ` stroke="${line}"` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Connect Health Data">
<rect x="${inset}" y="${inset}" width="${WIDTH - 2 * inset}" height="${HEIGHT - 2 * inset}" rx="12" fill="${fill}"${border}/>
<path d="M29.5 34c-6-4.6-10.5-8.6-10.5-13.3a5.7 5.7 0 0 1 10.5-3.1 5.7 5.7 0 0 1 10.5 3.1c0 4.7-4.5 8.7-10.5 13.3z" fill="none" stroke="${ink}" stroke-width="2.2" stroke-linejoin="round"/>
<path d="M19.5 24.2h5l2.4-4.2 3.6 7.2 2.4-3h6.6" fill="none" stroke="${ink}" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"/>
<path transform="translate(52.5 30.9)" d="${WORDS}" fill="${ink}"/>
</svg>
`;
}

// --- GIF89a, 30 by 30, twelve frames of a turning ring -----------------------------------------------------------

const SIZE = 30;
const FRAMES = 12;
/** Palette: 0 transparent, 1 to 7 ever stronger greys that show on light and on dark. */
const PALETTE = [[0, 0, 0], ...Array.from({ length: 7 }, (_, i) => [214 - i * 18, 220 - i * 17, 224 - i * 15])];

function ring(frame) {
  const pixels = new Uint8Array(SIZE * SIZE);
  for (let dot = 0; dot < FRAMES; dot += 1) {
    const angle = (dot / FRAMES) * 2 * Math.PI - Math.PI / 2;
    const age = (frame - dot + FRAMES) % FRAMES;
    const shade = Math.max(1, 7 - Math.floor(age / 1.6));
    for (let y = 0; y < SIZE; y += 1) {
      for (let x = 0; x < SIZE; x += 1) {
        const dx = x + 0.5 - (SIZE / 2 + 11 * Math.cos(angle));
        const dy = y + 0.5 - (SIZE / 2 + 11 * Math.sin(angle));
        if (dx * dx + dy * dy <= 2.1 * 2.1) pixels[y * SIZE + x] = shade;
      }
    }
  }
  return pixels;
}

/** GIF's variable-length LZW. */
function lzw(pixels, codeSize) {
  const clear = 1 << codeSize;
  const bytes = [];
  let bits = 0;
  let held = 0;
  const emit = (code, width) => {
    held |= code << bits;
    bits += width;
    for (; bits >= 8; bits -= 8, held >>>= 8) bytes.push(held & 255);
  };
  let table = new Map();
  let next = clear + 2;
  let width = codeSize + 1;
  emit(clear, width);
  let prefix = pixels[0];
  for (const pixel of pixels.subarray(1)) {
    const key = prefix * 256 + pixel;
    if (table.has(key)) {
      prefix = table.get(key);
      continue;
    }
    emit(prefix, width);
    if (next < 4096) {
      if (next === 1 << width) width += 1;
      table.set(key, next);
      next += 1;
    } else {
      emit(clear, width);
      table = new Map();
      next = clear + 2;
      width = codeSize + 1;
    }
    prefix = pixel;
  }
  emit(prefix, width);
  emit(clear + 1, width);
  if (bits) bytes.push(held & 255);
  return bytes;
}

function gif() {
  const word = (n) => [n & 255, n >> 8];
  const out = [...Buffer.from('GIF89a'), ...word(SIZE), ...word(SIZE), 0xf2, 0, 0, ...PALETTE.flat()];
  out.push(0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, 0, 0, 0); // for ever
  for (let frame = 0; frame < FRAMES; frame += 1) {
    out.push(0x21, 0xf9, 4, 0x09, ...word(8), 0, 0); // 80 ms, back to the background, colour 0 transparent
    out.push(0x2c, 0, 0, 0, 0, ...word(SIZE), ...word(SIZE), 0, 3);
    const data = lzw(ring(frame), 3);
    for (let at = 0; at < data.length; at += 255) {
      const block = data.slice(at, at + 255);
      out.push(block.length, ...block);
    }
    out.push(0);
  }
  return Buffer.from([...out, 0x3b]);
}

const browser = await launch();
const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
for (const [name, colours] of Object.entries(COLOURS)) {
  const svg = button(colours);
  writeFileSync(`${WEB}button/${name}.svg`, svg);
  await page.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`);
  await page.screenshot({ path: `${WEB}button/${name}.png`, omitBackground: true });
}
await browser.close();
writeFileSync(`${WEB}spinner.gif`, gif());
