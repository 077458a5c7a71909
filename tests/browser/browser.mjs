/* SPDX-License-Identifier: MIT */
/* What the browser checks share: a browser without network of its own, and counting assertions. */
import { createRequire } from 'node:module';
const require = createRequire(`${process.env.MODULES}/`);
const { chromium } = require('playwright-core');

export async function launch() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM,
		args: ['--no-sandbox', '--disable-background-networking', '--use-angle=swiftshader',
			'--enable-unsafe-swiftshader'],
	});
}

let failed = 0, passed = 0;

export function check(what, good, detail = '') {
	if (good) passed++;
	else failed++;
	console.log(`${good ? 'ok' : 'NOT OK'} - ${what}${good || detail === '' ? '' : `: ${detail}`}`);
}

export const near = (a, b, by) => Math.abs(a - b) <= by;

export function finish() {
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed ? 1 : 0;
}

/* A page that counts its own errors, dialogs and requests beyond itself. */
export async function open(browser, url, options = {}) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	page.trouble = [];
	page.on('pageerror', e => page.trouble.push(`error ${e.message}`));
	page.on('console', m => { if (m.type() === 'error') page.trouble.push(m.text()); });
	page.on('dialog', d => { page.trouble.push(`dialog ${d.message()}`); d.dismiss(); });
	page.on('request', r => { if (r.url() !== url) page.trouble.push(`request ${r.url().slice(0, 80)}`); });
	await page.goto(url);
	return page;
}
