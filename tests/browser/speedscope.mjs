/* SPDX-License-Identifier: MIT */
/* speedscope.mjs DIR: the real speedscope opens our files and shows the same weights. */
import fs from 'node:fs';
import { check, finish, launch, near } from './browser.mjs';

const dir = process.argv[2];
const app = `file://${process.env.MODULES}/speedscope/dist/release/index.html`;
const lines = fs.readFileSync(`${dir}/stacks.collapsed`, 'utf8').trim().split('\n');
const own = new Map();
let total = 0;
for (const l of lines) {
	const at = l.lastIndexOf(' '), n = Number(l.slice(at + 1));
	const leaf = l.slice(0, at).split(';').pop();
	own.set(leaf, (own.get(leaf) || 0) + n);
	total += n;
}
const [name, most] = [...own].sort((a, b) => b[1] - a[1])[0];
const want = most / total * 100;
const plain = name.replace(/_\[[kji]\]$/, '');

const browser = await launch();
for (const file of ['profile.speedscope.json', 'cpu.pb.gz', 'stacks.collapsed']) {
	const page = await browser.newPage(), trouble = [];
	page.on('pageerror', e => trouble.push(e.message));
	page.on('dialog', d => { trouble.push(d.message()); d.dismiss(); });
	const loader = `${dir}/${file}.js`, content = fs.readFileSync(`${dir}/${file}`).toString('base64');
	fs.writeFileSync(loader, `speedscope.loadFileFromBase64(${JSON.stringify(file)}, "${content}")`);
	await page.goto(`${app}#localProfilePath=${loader}`);
	await page.waitForFunction(() => / - speedscope$/.test(document.title), null, { timeout: 15000 })
		.catch(() => trouble.push('was not opened'));
	check(`${file} is opened`, trouble.length === 0, trouble.join('; '));
	await page.locator('text=Sandwich').click();
	await page.waitForTimeout(700);
	/* rows are "total (%) own (%) name" */
	const row = (await page.locator('table tbody tr, tr').allInnerTexts()).find(t => t.includes(plain));
	const share = Number([...(row || '').matchAll(/\(([\d.]+)%\)/g)].pop()?.[1] ?? NaN);
	check(`${file}: ${plain} has ${want.toFixed(1)} % own`, near(share, want, 1), row);
	await page.close();
}
await browser.close();
finish();
