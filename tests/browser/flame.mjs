/* SPDX-License-Identifier: MIT */
/* flame.mjs DIR: uses the pages in DIR as a reader would, and compares them with the collapsed file. */
import fs from 'node:fs';
import { check, finish, launch, near, open } from './browser.mjs';

const dir = process.argv[2], shots = process.argv[3];
const url = name => `file://${dir}/${name}`;
const stacks = fs.readFileSync(`${dir}/threads/stacks.collapsed`, 'utf8').trim().split('\n').map(l => {
	const at = l.lastIndexOf(' ');
	return { frames: l.slice(0, at).split(';').map(f => f.replace(/_\[[kji]\]$/, '')), count: Number(l.slice(at + 1)) };
});
const total = stacks.reduce((n, s) => n + s.count, 0);
const shareWith = text => stacks.filter(s => s.frames.some(f => f.includes(text)))
	.reduce((n, s) => n + s.count, 0) / total * 100;
const number = s => Number(/-?[\d.]+/.exec(s)[0]);

const browser = await launch();

/* Searching waits for a pause in typing, and the machine may be busy. */
const matchedSays = (page, pattern) => page.waitForFunction(
	p => new RegExp(p).test(document.getElementById('matched').textContent), pattern, { timeout: 5000 })
	.then(() => true, () => false);

async function reading() {
	const page = await open(browser, url('threads/flame.html'), { viewport: { width: 1280, height: 900 } });
	const box = p => page.evaluate(p);
	check('the graph is shown', await page.isVisible('#stage'));
	check('the root is the whole', await box(() => perfOpsFlame.tree().count[0]) === total);

	await page.fill('#q', 'paint');
	await matchedSays(page, '%');
	const said = number(await page.innerText('#matched'));
	check('search: the matched share is that of the stacks', near(said, shareWith('paint'), 0.6),
		`${said} against ${shareWith('paint')}`);
	await page.fill('#q', 'no such function');
	check('search: says when nothing matches', await matchedSays(page, '^no match$'));
	await page.fill('#q', '/^_start$|^clone/');
	check('search: regular expressions', await matchedSays(page, 'in \\d+ box'));
	await page.keyboard.press('Escape');
	check('search: Escape clears it', (await page.inputValue('#q')) === '');

	const stage = await page.locator('#stage').boundingBox();
	await page.mouse.click(stage.x + 60, stage.y + 5 * 20 + 8);
	await page.waitForTimeout(300);
	const zoom = await box(() => ({ at: perfOpsFlame.state.zoom, depth: perfOpsFlame.tree().depth[perfOpsFlame.state.zoom] }));
	check('zoom: a click zooms to the box in that row', zoom.depth === 5, JSON.stringify(zoom));
	check('zoom: the path is shown', (await page.locator('#crumbs button').count()) > 1);
	await page.keyboard.press('Escape');
	check('zoom: Escape goes one box up', (await box(() => perfOpsFlame.tree().depth[perfOpsFlame.state.zoom])) === 4);
	await page.click('#crumbs button >> nth=0');
	check('zoom: the first crumb shows all', (await box(() => perfOpsFlame.state.zoom)) === 0);

	await page.mouse.move(stage.x + 200, stage.y + 4 * 20 + 8);
	await page.waitForSelector('#tip:not([hidden])');
	const tip = await page.innerText('#tip');
	check('hover: name, share with error, samples', /± ?\d/.test(tip) && /samples/.test(tip) && /% /.test(tip), tip);
	await page.mouse.move(5, 5);
	check('hover: the tip goes away', await page.isHidden('#tip'));
	return page;
}

async function keys(page) {
	await page.focus('#stage');
	await page.keyboard.press('Home');
	for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
	const at = () => page.evaluate(() => ({ ...perfOpsFlame.state, depth: perfOpsFlame.tree().depth[perfOpsFlame.state.at] }));
	check('keys: down walks to callees', (await at()).depth === 3);
	check('keys: the detail names the box', (await page.innerText('#detail')).length > 20);
	await page.keyboard.press('Enter');
	check('keys: Enter zooms', (await at()).zoom === (await at()).at);
	await page.keyboard.press('ArrowUp');
	check('keys: up walks to the caller', (await at()).depth === 2);
	await page.keyboard.press('/');
	check('keys: / goes to the search', await page.evaluate(() => document.activeElement.id === 'q'));
	await page.keyboard.press('Escape');
	await page.keyboard.press('i');
	check('keys: i changes the layout', (await at()).view === 'flame');
}

async function layouts(page) {
	await page.click('text=Inverted');
	const first = await page.evaluate(() => {
		const t = perfOpsFlame.tree(), list = [];
		for (let c = t.first[0]; c; c = t.next[c]) list.push([perfOpsFlame.data.fns.name[t.fn[c]], t.count[c]]);
		return list;
	});
	const self = new Map();
	for (const s of stacks) {
		const leaf = s.frames[s.frames.length - 1];
		self.set(leaf, (self.get(leaf) || 0) + s.count);
	}
	const sum = new Map();
	for (const [name, n] of first) sum.set(name, (sum.get(name) || 0) + n);
	check('inverted: the first row is the own time of every function',
		[...self].every(([name, n]) => sum.get(name) === n) && sum.size === self.size);
	check('inverted: its sum is the whole', first.reduce((n, f) => n + f[1], 0) === total);
	await page.click('text=Icicle');
	const threads = await page.locator('#thread option').count();
	check('threads: one choice each and all', threads > 2);
	let shares = 0;
	for (let i = 1; i < threads; i++) {
		await page.selectOption('#thread', { index: i });
		shares += await page.evaluate(() => perfOpsFlame.tree().count[0]);
	}
	check('threads: together they are the whole', shares === total);
	await page.selectOption('#thread', '-1');
	await page.click('#functions tbody tr:first-child button');
	check('table: a row finds its boxes', await matchedSays(page, 'in \\d'));
	check('nothing went wrong and nothing was fetched', page.trouble.length === 0, page.trouble.join('; '));
}

async function plain() {
	const page = await open(browser, url('threads/flame.html'), { javaScriptEnabled: false });
	check('without script: functions and stacks can be read',
		await page.isVisible('#functions table') && await page.isVisible('#stacks details[open]'));
	check('without script: no dead controls', await page.isHidden('#flame') && await page.isHidden('#theme'));
	check('without script: the widest boxes are drawn',
		(await page.locator('.static i').count()) > 20 && await page.isVisible('.static i >> nth=0'));
	await page.context().close();
}

async function sizes() {
	for (const width of [320, 390, 768, 1280, 1920]) {
		for (const name of ['threads/flame.html', 'threads/report.html']) {
			const page = await open(browser, url(name), { viewport: { width, height: 800 } });
			const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			check(`${name} fits ${width} px`, over <= 0, `${over} px too wide`);
			await page.context().close();
		}
	}
}

/* WCAG 2 contrast of every text colour on its background, from what the browser computed. */
async function contrast() {
	for (const colorScheme of ['light', 'dark']) {
		const page = await open(browser, url('threads/report.html'), { colorScheme });
		const bad = await page.evaluate(() => {
			const style = getComputedStyle(document.documentElement), probe = document.createElement('i');
			document.body.append(probe);
			const rgb = value => {
				probe.style.color = value;
				return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
			};
			const light = c => c.map(v => v / 255).map(v => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
				.reduce((n, v, i) => n + v * [0.2126, 0.7152, 0.0722][i], 0);
			const ratio = (a, b) => {
				const [x, y] = [light(rgb(a)), light(rgb(b))].sort((p, q) => q - p);
				return (x + 0.05) / (y + 0.05);
			};
			const get = n => style.getPropertyValue(n).trim();
			const list = [];
			const want = (ink, ground) => {
				const r = ratio(ink[0], ground[0]);
				if (r < 4.5) list.push(`${ink[1]} on ${ground[1]} ${r.toFixed(2)}`);
			};
			const v = n => [get(n), n];
			for (const ink of ['--ink', '--muted', '--accent', '--cost', '--gain', '--caveat']) {
				for (const ground of ['--paper', '--card']) want(v(ink), v(ground));
			}
			want(v('--accent'), v('--accent-soft'));
			want(v('--caveat'), v('--caveat-soft'));
			for (let k = 0; k < 7; k++) {
				const [h, s, l] = get(`--k${k}`).split(' ').map(parseFloat);
				for (const d of [-1, 0, 1, 2]) want(v('--box-ink'), [`hsl(${h + d * 2.5} ${s}% ${l + d * 2.1}%)`, `k${k}`]);
			}
			return list;
		});
		check(`contrast is at least 4.5 : 1, ${colorScheme}`, bad.length === 0, bad.join(', '));
		await page.context().close();
	}
}

async function names() {
	const page = await open(browser, url('threads/flame.html'));
	const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, select, [role]')]
		.filter(e => e.checkVisibility?.() && !(e.textContent.trim() || e.getAttribute('aria-label') || e.closest('label')?.textContent.trim()))
		.map(e => e.outerHTML.slice(0, 80)));
	check('every control has a name', nameless.length === 0, nameless.join(' '));
	check('one main heading', (await page.locator('h1').count()) === 1);
	check('the page says its language', (await page.getAttribute('html', 'lang')) === 'en');
	await page.click('#theme');
	const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	await page.click('#theme');
	const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	check('the theme can be switched', dark !== light, `${dark} ${light}`);
	await page.context().close();
}

async function hostile() {
	for (const name of ['hostile/flame.html', 'hostile/report.html']) {
		const page = await open(browser, url(name));
		await page.evaluate(() => {
			for (const v of ['icicle', 'flame', 'inverted']) perfOpsFlame.setView(v);
			perfOpsFlame.search('img');
		});
		await page.focus('#stage');
		for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
		await page.mouse.move(300, 500);
		check(`${name}: no foreign element, no dialog`,
			(await page.locator('img, iframe, object, embed').count()) === 0 && page.trouble.length === 0, page.trouble.join('; '));
		await page.context().close();
	}
}

async function large() {
	const page = await open(browser, url('large/flame.html'), { viewport: { width: 1600, height: 1000 } });
	check('large: says what was folded', /smaller paths/.test(await page.innerText('#flame')));
	check('large: nothing went wrong', page.trouble.length === 0, page.trouble.join('; '));
	const start = Date.now();
	await page.click('text=Inverted');
	await page.waitForFunction(() => perfOpsFlame.state.view === 'inverted');
	console.log(`# large: inverted in ${Date.now() - start} ms`);
	await page.context().close();
}

async function wide() {
	const page = await open(browser, url('wide/flame.html'), { viewport: { width: 1600, height: 1200 } });
	const seen = await page.evaluate(() => {
		const t = perfOpsFlame.tree(), stage = document.getElementById('stage'), k = stage.clientWidth / t.value[0];
		let n = 0;
		for (let i = 0; i < t.n; i++) if (t.value[i] * k >= 0.35 && t.depth[i] * 20 < stage.clientHeight) n++;
		const times = [];
		for (let i = 0; i < 7; i++) {
			const start = performance.now();
			perfOpsFlame.draw();
			document.getElementById('canvas').getContext('2d').getImageData(0, 0, 1, 1); /* waits for the drawing */
			times.push(performance.now() - start);
		}
		return { n, ms: times.sort((a, b) => a - b)[3] };
	});
	console.log(`# wide: ${seen.n} boxes drawn in ${seen.ms.toFixed(1)} ms`);
	check('wide: at least 20 000 boxes are visible', seen.n >= 20000, String(seen.n));
	check('wide: drawn in less than 150 ms', seen.ms < 150, String(seen.ms));
	await page.context().close();
}

async function pictures() {
	for (const [name, width, height, colorScheme] of [['flame', 1280, 1000, 'light'], ['flame', 1280, 1000, 'dark'],
		['flame', 390, 844, 'light'], ['report', 1280, 1000, 'light'], ['report', 390, 844, 'dark']]) {
		const page = await open(browser, url(`threads/${name}.html`), { viewport: { width, height }, colorScheme });
		await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
		await page.context().close();
	}
}

const page = await reading();
await keys(page);
await layouts(page);
await page.context().close();
await plain();
await sizes();
await contrast();
await names();
await hostile();
await large();
await wide();
if (shots) await pictures();
await browser.close();
finish();
