/* SPDX-License-Identifier: MIT */
/* The interactive flamegraph: drawing, pointer, keyboard, search, layouts, themes. */
'use strict';
(() => {
	const $ = id => document.getElementById(id);
	const root = document.documentElement;
	const KINDS = ['your code', 'library', 'runtime', 'kernel', 'JIT code', 'no symbol', 'smaller paths'];

	/* ---- theme ---- */

	const themeButton = $('theme');
	const modes = ['auto', 'dark', 'light'];
	let mode = 'auto';
	let afterTheme = () => {};
	try {
		mode = localStorage.getItem('perf-ops-theme') || 'auto';
	} catch { /* a page from disk may have no storage */ }

	function setTheme(m) {
		mode = modes.includes(m) ? m : 'auto';
		if (mode === 'auto') delete root.dataset.theme;
		else root.dataset.theme = mode;
		themeButton.textContent = { auto: '◐ Theme: system', dark: '● Theme: dark', light: '○ Theme: light' }[mode];
		afterTheme();
	}
	themeButton.hidden = false;
	themeButton.addEventListener('click', () => {
		setTheme(modes[(modes.indexOf(mode) + 1) % modes.length]);
		try {
			localStorage.setItem('perf-ops-theme', mode);
		} catch { /* only for this visit then */ }
	});
	setTheme(mode);
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => afterTheme());

	const data = JSON.parse($('flame-data').textContent);
	if (!data || !$('flame')) return;

	/* ---- state ---- */

	const stage = $('stage'), spacer = $('spacer'), canvas = $('canvas'), ctx = canvas.getContext('2d');
	const coarse = matchMedia('(pointer: coarse)').matches;
	const ROW = coarse ? 24 : 20, FONT = coarse ? 12.5 : 12;
	const calm = matchMedia('(prefers-reduced-motion: reduce)');
	const state = { view: 'icicle', type: 0, thread: -1, zoom: 0, at: 0, hover: 0, query: '', kind: -1 };
	let tree, hit = null, colors, boxInk, width = 0, height = 0, charWidth = 7;
	let from = 0, to = 1; /* the part of the x axis that is shown, in weight */
	const trees = new Map();

	const unit = () => data.types[state.type][1];
	const typeTitle = name => ({ cpu: 'CPU time', wall: 'wall time', 'off-cpu': 'waiting time' }[name] || name);
	const what = () => typeTitle(data.types[state.type][0]);
	const kindOf = i => (tree.fn[i] >= 0 ? data.fns.kind[tree.fn[i]] : 6);
	const upwards = () => state.view === 'flame';

	function getTree(view) {
		const key = `${view === 'inverted' ? 'up' : 'down'} ${state.type} ${state.thread}`;
		if (!trees.has(key)) {
			const make = view === 'inverted' ? flameTree.bottomUp : flameTree.topDown;
			if (trees.size > 12) trees.clear();
			trees.set(key, make(data, state.type, state.thread));
		}
		return trees.get(key);
	}

	/* ---- colours: one hue per kind of code, a little lighter or darker by name ---- */

	function readColors() {
		const style = getComputedStyle(root);
		const get = name => style.getPropertyValue(name).trim();
		colors = [];
		for (let k = 0; k < 7; k++) {
			const [h, s, l] = get(`--k${k}`).split(' ').map(parseFloat);
			colors.push([-1, 0, 1, 2].map(v => `hsl(${h + v * 2.5} ${s}% ${l + v * 2.1}%)`));
		}
		boxInk = get('--box-ink');
		colors.card = get('--card');
		colors.accent = get('--accent');
		colors.ink = get('--ink');
	}

	const shades = new Uint8Array(data.fns.name.length);
	data.fns.name.forEach((name, i) => {
		let h = 7;
		for (let c = 0; c < name.length; c++) h = h * 31 + name.charCodeAt(c) | 0;
		shades[i] = (h >>> 3) & 3;
	});

	/* ---- geometry ---- */

	const rows = () => tree.maxDepth + 1;
	const yOf = depth => (upwards() ? rows() - 1 - depth : depth) * ROW;
	const scaleX = () => width / (to - from);

	function fit() {
		/* clientHeight of a box without content is 0: the spacer decides first */
		spacer.style.height = `${rows() * ROW}px`;
		width = stage.clientWidth;
		height = Math.min(stage.clientHeight || 400, rows() * ROW);
		const ratio = Math.min(window.devicePixelRatio || 1, 3);
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
		canvas.style.height = `${height}px`;
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.font = `${FONT}px ${getComputedStyle(root).getPropertyValue('--mono')}`;
		charWidth = ctx.measureText('mmmmmmmmmm').width / 10;
		ctx.textBaseline = 'middle';
	}

	/* ---- drawing ---- */

	const lastPart = s => s.replace(/<.*$/, '').split('::').pop() || s;

	/* "<shop::Cart as core::clone::Clone>::clone": Rust's way to say whose method it is. */
	function implForms(text) {
		const m = /^<(.+) as (.+)>::([^<>]+)$/.exec(text), inherent = /^<([^<>]+)>::([^<>]+)$/.exec(text);
		if (inherent) return [text, `${lastPart(inherent[1])}::${inherent[2]}`, inherent[2]];
		if (!m) return null;
		const [type, trait, method] = [lastPart(m[1].replace(/^[&*]\s*(mut |const )?/, '')), lastPart(m[2]), m[3]];
		return [text, `<${type} as ${trait}>::${method}`, `${type}::${method}`, method];
	}

	/* Shorter forms of a name: without template arguments, then without leading name spaces. */
	const forms = new Map();
	function shorterNames(fn) {
		let list = forms.get(fn);
		if (list) return list;
		const text = flameTree.label(data, fn);
		let plain = '', depth = 0;
		const starts = [];
		for (let i = 0; i < text.length; i++) {
			const c = text[i];
			const operator = (c === '<' || c === '>' || c === '(') && /operator[<>=-]*$/.test(plain);
			if (c === '<' && i && !operator) {
				if (!depth++) plain = plain.replace(/::$/, '');
			}
			if (!depth) plain += c;
			if (c === '>' && depth && !operator) depth--;
			if (!depth && (c === '/' || (c === ':' && text[i - 1] === ':'))) starts.push(plain.length);
			/* Go: main.(*Table).Get */
			if (!depth && c === '.' && !text.includes('::') && text[0] !== '[' && /[A-Za-z(]/.test(text[i + 1] || '')) {
				starts.push(plain.length);
			}
		}
		list = implForms(text) ||
			[text, plain, ...starts.filter(n => n < plain.length && plain[n] !== '<').map(n => plain.slice(n))];
		forms.set(fn, list);
		return list;
	}

	function boxText(fn, room) {
		const fits = Math.floor(room / charWidth);
		if (fits < 3) return '';
		const list = shorterNames(fn);
		for (const text of list) if (text.length <= fits) return text;
		return `${list[list.length - 1].slice(0, fits - 1)}…`;
	}

	function dimmed(i) {
		if (i === 0) return false;
		const fn = tree.fn[i];
		if (hit && !(fn >= 0 && hit[fn])) return true;
		return state.kind >= 0 && kindOf(i) !== state.kind;
	}

	function drawBox(i, left, right, y, above) {
		const fn = tree.fn[i], kind = kindOf(i), w = right - left;
		const shade = fn >= 0 ? shades[fn] : 1;
		const gap = w > 3 ? 1 : w > 1.2 ? 0.4 : 0;
		ctx.globalAlpha = dimmed(i) ? 0.2 : above ? 0.55 : 1;
		ctx.fillStyle = i === 0 ? colors[6][1] : colors[kind][shade];
		if (w > 9 && ctx.roundRect) {
			ctx.beginPath();
			ctx.roundRect(left, y, w - gap, ROW - 1, 3);
			ctx.fill();
		} else {
			ctx.fillRect(left, y, Math.max(w - gap, 0.5), ROW - 1);
		}
		if (w < charWidth * 3 + 10) return;
		const text = i === 0 ? rootText() : boxText(fn, w - 12);
		if (!text) return;
		ctx.globalAlpha = dimmed(i) ? 0.55 : 1;
		ctx.fillStyle = dimmed(i) ? colors.ink : boxInk;
		ctx.fillText(text, left + 6, y + ROW / 2);
	}

	function rootText() {
		const t = state.thread >= 0 ? data.threads[state.thread] : null;
		return `${t ? threadName(t) : 'all'} — ${flameTree.amount(tree.value[0], unit())}`;
	}

	function outline(i, color, thick) {
		const k = scaleX(), left = Math.max(0, (tree.x[i] - from) * k);
		const right = Math.min(width, (tree.x[i] + tree.value[i] - from) * k);
		const y = yOf(tree.depth[i]) - stage.scrollTop;
		if (right <= left) return;
		ctx.globalAlpha = 1;
		ctx.strokeStyle = color;
		ctx.lineWidth = thick;
		ctx.strokeRect(left + thick / 2, y + thick / 2, Math.max(right - left - thick - 1, 1), ROW - 1 - thick);
	}

	const pile = [];

	function draw() {
		const k = scaleX(), top = stage.scrollTop, { x, value, first, next, depth } = tree;
		const zoomed = tree.depth[state.zoom];
		ctx.globalAlpha = 1;
		ctx.clearRect(0, 0, width, height);
		pile.length = 0;
		pile.push(0);
		while (pile.length) {
			const i = pile.pop();
			const left = Math.max(0, (x[i] - from) * k), right = Math.min(width, (x[i] + value[i] - from) * k);
			if (right - left < 0.35) continue;
			const y = yOf(depth[i]) - top;
			if (!upwards() && y > height) continue;
			if (y > -ROW && y < height) drawBox(i, left, right, y, depth[i] < zoomed);
			for (let c = first[i]; c; c = next[c]) pile.push(c);
		}
		if (state.hover) outline(state.hover, colors.ink, 1);
		if (state.at) outline(state.at, colors.accent, 2);
		ctx.globalAlpha = 1;
	}

	let frame = 0;
	const redraw = () => {
		if (!frame) frame = requestAnimationFrame(() => { frame = 0; draw(); });
	};

	/* ---- zoom ---- */

	let glide = 0;
	function moveTo(a, b) {
		cancelAnimationFrame(glide);
		if (calm.matches || document.hidden) {
			from = a;
			to = b;
			redraw();
			return;
		}
		const a0 = from, b0 = to, start = performance.now();
		const step = now => {
			const t = Math.min(1, (now - start) / 180), e = 1 - (1 - t) ** 3;
			from = a0 + (a - a0) * e;
			to = b0 + (b - b0) * e;
			draw();
			if (t < 1) glide = requestAnimationFrame(step);
		};
		glide = requestAnimationFrame(step);
	}

	function zoom(i) {
		state.zoom = i;
		if (tree.value[i] > 0) moveTo(tree.x[i], tree.x[i] + tree.value[i]);
		showCrumbs();
		showMatched();
		showDetail();
	}

	function reveal(i) {
		const y = yOf(tree.depth[i]);
		if (y < stage.scrollTop) stage.scrollTop = y;
		else if (y + ROW > stage.scrollTop + height) stage.scrollTop = y + ROW - height;
	}

	function inWindow(i) {
		return tree.x[i] < to && tree.x[i] + tree.value[i] > from;
	}

	function select(i, tell = true) {
		state.at = i;
		if (i) reveal(i);
		if (tell) showDetail();
		redraw();
	}

	/* ---- what is where ---- */

	function boxAt(px, py) {
		const row = Math.floor((py + stage.scrollTop) / ROW);
		const depth = upwards() ? rows() - 1 - row : row;
		const at = from + px / scaleX();
		let i = 0;
		if (depth < 0 || depth > tree.maxDepth) return -1;
		while (tree.depth[i] < depth) {
			let c = tree.first[i];
			while (c && !(at >= tree.x[c] && at < tree.x[c] + tree.value[c])) c = tree.next[c];
			if (!c) return -1;
			i = c;
		}
		return tree.value[i] * scaleX() < 0.35 ? -1 : i;
	}

	/* ---- words about a box ---- */

	function threadName(t) {
		return t.length > 1 ? `${t[0] || 'thread'} (${t[2]})` : t[0];
	}

	function element(parent, tag, cls, text) {
		const e = document.createElement(tag);
		if (cls) e.className = cls;
		e.textContent = text;
		parent.append(e);
		return e;
	}

	function place(i) {
		const fn = tree.fn[i];
		if (fn < 0) return '';
		const file = flameTree.file(data, fn), module = data.paths[data.fns.module[fn]];
		if (!file) return module;
		return tree.line[i] ? `${file}:${tree.line[i]}` : file;
	}

	function share(i, of) {
		if (!(tree.value[of] > 0)) return 'no samples';
		return flameTree.shareText(tree.value[i] / tree.value[of], tree.count[of]);
	}

	function describe(box, i) {
		const fn = tree.fn[i], u = unit();
		box.replaceChildren();
		element(box, 'div', 'name', i === 0 ? rootText() : fn < 0
			? `${tree.line[i]} smaller paths, folded to keep the page small` : data.fns.name[fn]);
		const line = element(box, 'div', '', '');
		if (i) {
			element(line, 'b', '', share(i, 0));
			line.append(` of ${what()}`);
		} else {
			line.append(what());
		}
		if (state.zoom && state.zoom !== i && tree.x[i] >= tree.x[state.zoom] &&
			tree.depth[i] > tree.depth[state.zoom]) line.append(` (${share(i, state.zoom)} of the zoomed box)`);
		line.append(` · ${flameTree.amount(tree.value[i], u)} · ${flameTree.amount(tree.count[i], '')} samples`);
		if (state.view !== 'inverted' && tree.self[i] > 0 && tree.self[i] < tree.value[i]) {
			line.append(` · own ${(tree.self[i] / tree.value[0] * 100).toFixed(1)} %`);
		}
		const where = place(i);
		if (i && fn >= 0) {
			element(box, 'div', 'dim', `${KINDS[kindOf(i)]}${tree.inlined[i] ? ', inlined' : ''}${where ? ` · ${where}` : ''}`);
		}
	}

	const detail = $('detail'), tip = $('tip');

	function showDetail() {
		describe(detail, state.at || state.zoom);
		const target = state.at;
		if (target && target !== state.zoom) {
			const b = element(detail, 'button', '', 'Zoom in');
			b.type = 'button';
			b.addEventListener('click', () => zoom(target));
		}
		if (state.zoom) {
			const b = element(detail, 'button', '', 'Show all');
			b.type = 'button';
			b.addEventListener('click', () => { zoom(0); select(0); });
		}
	}

	function showTip(i, x, y) {
		tip.hidden = i < 0;
		if (i < 0) return;
		describe(tip, i);
		const r = tip.getBoundingClientRect();
		const left = Math.min(x + 16, innerWidth - r.width - 12);
		const top = y + 22 + r.height > innerHeight ? y - r.height - 14 : y + 22;
		tip.style.left = `${Math.max(12, left)}px`;
		tip.style.top = `${Math.max(8, top)}px`;
	}

	function showCrumbs() {
		const nav = $('crumbs'), path = [];
		nav.replaceChildren();
		if (!state.zoom) return;
		for (let i = state.zoom; i; i = tree.parent[i]) path.unshift(i);
		const shown = path.length > 5 ? [path[0], -1, ...path.slice(-3)] : path;
		const button = (i, text) => {
			const b = element(nav, 'button', '', text);
			b.type = 'button';
			b.addEventListener('click', () => { zoom(i); select(i); });
		};
		button(0, 'all');
		for (const i of shown) {
			element(nav, 'span', '', '›');
			if (i < 0) element(nav, 'span', '', '…');
			else if (i === state.zoom) element(nav, 'b', '', flameTree.label(data, tree.fn[i]));
			else button(i, flameTree.label(data, tree.fn[i]));
		}
	}

	/* ---- search and kinds ---- */

	function showMatched() {
		const out = $('matched');
		out.replaceChildren();
		if (!hit) return;
		const m = flameTree.matched(tree, state.zoom, hit);
		if (!m.boxes) {
			out.textContent = 'no match';
			return;
		}
		element(out, 'b', '', flameTree.shareText(m.value / tree.value[state.zoom], tree.count[state.zoom]));
		out.append(` in ${flameTree.amount(m.boxes, '')} box${m.boxes === 1 ? '' : 'es'}`);
	}

	function search(q) {
		state.query = q;
		$('q').value = q;
		hit = flameTree.match(data, q);
		showMatched();
		redraw();
	}

	const part = p => `${(p * 100).toFixed(p < 0.0995 ? 1 : 0)} %`;

	function showLegend() {
		const down = getTree('icicle'), sum = flameTree.byKind(data, down), box = $('legend');
		box.replaceChildren();
		KINDS.forEach((name, k) => {
			if (!sum[k] && !(k < 6 && data.fns.kind.includes(k))) return;
			const b = element(box, 'button', '', '');
			b.type = 'button';
			b.setAttribute('aria-pressed', String(state.kind === k));
			element(b, 'i', `kind k${k}`, '');
			b.append(name);
			element(b, 'b', '', part(sum[k] / (down.value[0] || 1)));
			b.title = `${name}: share of own ${what()}; click to highlight`;
			b.addEventListener('click', () => {
				state.kind = state.kind === k ? -1 : k;
				for (const other of box.children) other.setAttribute('aria-pressed', String(other === b && state.kind === k));
				redraw();
			});
		});
	}

	/* ---- layout changes ---- */

	function rebuild() {
		tree = getTree(state.view);
		state.zoom = state.at = state.hover = 0;
		from = 0;
		to = tree.value[0] || 1;
		fit();
		stage.scrollTop = upwards() ? stage.scrollHeight : 0;
		$('lead').textContent =
			`Each box is a function, as wide as its share of ${what()}; ${leads[state.view]}. Click a box to zoom in.`;
		showLegend();
		showCrumbs();
		showMatched();
		showDetail();
		draw();
	}

	const leads = {
		icicle: 'the boxes below it are what it called',
		flame: 'the boxes above it are what it called',
		inverted: 'the first row is what was running, the boxes below a box are its callers',
	};

	function setView(view) {
		state.view = view;
		for (const input of document.querySelectorAll('input[name="view"]')) input.checked = input.value === view;
		rebuild();
	}

	/* ---- pointer ---- */

	stage.addEventListener('pointermove', e => {
		if (e.pointerType === 'touch') return;
		const r = stage.getBoundingClientRect();
		const i = boxAt(e.clientX - r.left - stage.clientLeft, e.clientY - r.top - stage.clientTop);
		if (Math.max(i, 0) !== state.hover) {
			state.hover = Math.max(i, 0);
			redraw();
		}
		showTip(i, e.clientX, e.clientY);
	});
	stage.addEventListener('pointerleave', () => {
		state.hover = 0;
		showTip(-1);
		redraw();
	});
	stage.addEventListener('click', e => {
		const r = stage.getBoundingClientRect();
		const i = boxAt(e.clientX - r.left - stage.clientLeft, e.clientY - r.top - stage.clientTop);
		showTip(-1);
		if (i < 0) return;
		/* a finger cannot hover: the first tap tells, the second one zooms */
		const touch = e.pointerType === 'touch';
		if (!touch || state.at === i) zoom(i);
		select(i);
	});
	stage.addEventListener('scroll', () => { showTip(-1); redraw(); }, { passive: true });

	/* ---- keyboard ---- */

	/* The next box in the same row, to the right or to the left, also under another parent. */
	function beside(i, step) {
		let best = 0;
		for (let c = 1; c < tree.n; c++) {
			if (tree.depth[c] !== tree.depth[i] || tree.value[c] <= 0 || !inWindow(c)) continue;
			if (tree.value[c] * scaleX() < 0.35) continue;
			if (step > 0 ? tree.x[c] > tree.x[i] && (!best || tree.x[c] < tree.x[best])
				: tree.x[c] < tree.x[i] && (!best || tree.x[c] > tree.x[best])) best = c;
		}
		return best || i;
	}

	function walk(key) {
		const i = state.at || state.zoom;
		const inward = upwards() ? 'ArrowUp' : 'ArrowDown', outward = upwards() ? 'ArrowDown' : 'ArrowUp';
		if (key === inward) return tree.first[i] || i;
		if (key === outward) return tree.parent[i];
		return beside(i, key === 'ArrowRight' ? 1 : -1);
	}

	stage.addEventListener('keydown', e => {
		if (e.ctrlKey || e.metaKey || e.altKey) return;
		if (e.key.startsWith('Arrow')) {
			const next = walk(e.key);
			if (next && !inWindow(next)) zoom(tree.parent[next]);
			select(next);
		} else if (e.key === 'Enter' || e.key === ' ') {
			zoom(state.at);
			showDetail();
		} else if (e.key === 'Home') {
			zoom(0);
			select(0);
		} else {
			return;
		}
		e.preventDefault();
	});
	document.addEventListener('keydown', e => {
		if (e.ctrlKey || e.metaKey || e.altKey) return;
		const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && e.target.type !== 'radio';
		if (e.key === 'Escape') {
			if (state.query) {
				search('');
			} else if (state.zoom) {
				const up = tree.parent[state.zoom];
				zoom(up);
				select(up);
			}
			if (typing) stage.focus();
		} else if (typing) {
			return;
		} else if (e.key === '/') {
			e.preventDefault();
			$('q').focus();
			$('q').select();
		} else if (e.key === 'i') {
			const views = ['icicle', 'flame', 'inverted'];
			setView(views[(views.indexOf(state.view) + 1) % 3]);
		}
	});

	/* ---- wiring ---- */

	let pause = 0;
	$('q').addEventListener('input', e => {
		clearTimeout(pause);
		pause = setTimeout(() => search(e.target.value), 60);
	});
	$('views').addEventListener('change', e => setView(e.target.value));

	function choices(select_, holder, list, chosen, change) {
		if (list.length < 2) return;
		$(holder).hidden = false;
		for (const [value, text] of list) {
			const o = element($(select_), 'option', '', text);
			o.value = value;
		}
		$(select_).value = String(chosen);
		$(select_).addEventListener('change', e => change(Number(e.target.value)));
	}
	choices('type', 'pick-type', data.types.map((t, i) => [i, typeTitle(t[0])]), 0, v => { state.type = v; rebuild(); });
	const perThread = data.threads.map((_, i) => i);
	const weightOf = new Float64Array(data.threads.length);
	data.samples.thread.forEach((t, i) => { weightOf[t] += data.samples.values[0][i]; });
	perThread.sort((a, b) => weightOf[b] - weightOf[a]);
	const all = weightOf.reduce((a, b) => a + b, 0) || 1;
	if (perThread.length > 1) {
		choices('thread', 'pick-thread', [[-1, `all ${perThread.length} threads`], ...perThread.map(i =>
			[i, `${threadName(data.threads[i])} — ${(weightOf[i] / all * 100).toFixed(1)} %`])], -1,
		v => { state.thread = v; rebuild(); });
	}

	/* the rows of the function table find their boxes */
	for (const row of document.querySelectorAll('tr[data-fn]')) {
		const code = row.querySelector('code'), button = document.createElement('button');
		button.type = 'button';
		button.title = `${code.title}\nClick to find it in the flamegraph`;
		code.removeAttribute('title');
		code.replaceWith(button);
		button.append(code);
		button.addEventListener('click', () => {
			search(`"${data.fns.name[Number(row.dataset.fn)]}"`);
			$('flame').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth' });
		});
	}

	for (const button of document.querySelectorAll('button[data-find]')) {
		if (!data.fns.name.includes(button.dataset.find)) continue;
		button.hidden = false;
		button.addEventListener('click', () => {
			search(`"${button.dataset.find}"`);
			$('flame').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth' });
		});
	}

	afterTheme = () => { readColors(); if (tree) redraw(); };
	readColors();
	$('flame').hidden = false;
	new ResizeObserver(() => { if (stage.clientWidth !== width && tree) { fit(); draw(); } }).observe(stage);
	rebuild();
	window.perfOpsFlame = { state, zoom, search, setView, draw, tree: () => tree, data };
})();
