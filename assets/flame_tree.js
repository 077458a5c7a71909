/* SPDX-License-Identifier: MIT */
/* From the data block to trees with positions. Pure functions: no document, so tests run them alone. */
'use strict';
const flameTree = (() => {
	const FOLDED = -1; /* function of a box that stands for several small paths */

	/*
	 * A tree is a set of columns; node 0 is the root and a parent has a smaller number than its
	 * children. x and value are in the weight's unit; children are linked heaviest first.
	 */
	function columns(n) {
		return {
			n,
			parent: new Int32Array(n), fn: new Int32Array(n), line: new Int32Array(n),
			depth: new Int32Array(n), first: new Int32Array(n), next: new Int32Array(n),
			inlined: new Uint8Array(n),
			x: new Float64Array(n), value: new Float64Array(n), self: new Float64Array(n),
			count: new Float64Array(n), selfCount: new Float64Array(n), maxDepth: 0,
		};
	}

	/* Links children in order of weight and places them side by side. */
	function arrange(t) {
		const { n, parent, value, first, next, x, depth, fn } = t;
		const order = new Int32Array(n);
		for (let i = 0; i < n; i++) order[i] = i;
		/* lightest first, so that pushing in front leaves the heaviest in front; folded boxes last of all */
		order.sort((a, b) => {
			const fa = fn[a] === FOLDED, fb = fn[b] === FOLDED;
			if (fa !== fb) return fa ? -1 : 1;
			return value[a] - value[b] || b - a;
		});
		for (const i of order) {
			if (i === 0 || value[i] <= 0) continue;
			next[i] = first[parent[i]];
			first[parent[i]] = i;
		}
		t.maxDepth = 0;
		for (let i = 0; i < n; i++) {
			if (i) depth[i] = depth[parent[i]] + 1;
			if (value[i] > 0 && depth[i] > t.maxDepth) t.maxDepth = depth[i];
			for (let c = first[i], at = x[i]; c; c = next[c]) {
				x[c] = at;
				at += value[c];
			}
		}
		return t;
	}

	/* Own weight per node of the data, for one value type (-1: raw samples) and thread (-1: all). */
	function addSamples(data, t, type, thread) {
		const s = data.samples, values = type < 0 ? s.count : s.values[type];
		for (let i = 0; i < s.node.length; i++) {
			if (thread >= 0 && s.thread[i] !== thread) continue;
			t.self[s.node[i]] += values[i];
			t.selfCount[s.node[i]] += s.count[i];
		}
	}

	function topDown(data, type, thread) {
		const nodes = data.nodes, n = nodes.parent.length + 1, t = columns(n);
		t.fn[0] = -2;
		for (let i = 1; i < n; i++) {
			t.parent[i] = nodes.parent[i - 1];
			t.fn[i] = nodes.fn[i - 1];
			t.line[i] = nodes.line[i - 1];
		}
		for (const i of nodes.inlined) t.inlined[i] = 1;
		addSamples(data, t, type, thread);
		for (let i = n - 1; i >= 0; i--) {
			t.value[i] += t.self[i];
			t.count[i] += t.selfCount[i];
			if (i) {
				t.value[t.parent[i]] += t.value[i];
				t.count[t.parent[i]] += t.count[i];
			}
		}
		return arrange(t);
	}

	/*
	 * Merged by the running function, callers below it. A group is a box and the places in the
	 * top-down tree its weight comes from; it is split by caller until it is lighter than `least`.
	 */
	function bottomUp(data, type, thread, least = 1 / 8000) {
		const down = topDown(data, type, thread), limit = down.value[0] * least;
		const made = [{ parent: 0, fn: -2, line: 0, inlined: 0, value: down.value[0], count: down.count[0] }];
		const start = { id: 0, at: [], weight: [], count: [] };
		for (let i = 1; i < down.n; i++) {
			if (down.self[i] > 0) {
				start.at.push(i);
				start.weight.push(down.self[i]);
				start.count.push(down.selfCount[i]);
			}
		}
		const work = [start];
		while (work.length) {
			const g = work.pop(), parts = new Map();
			for (let i = 0; i < g.at.length; i++) {
				const a = g.at[i];
				if (!a) continue;
				let p = parts.get(down.fn[a]);
				if (!p) {
					p = { id: 0, at: [], weight: [], count: [], sum: 0, n: 0, line: 0, top: 0, inlined: 0 };
					parts.set(down.fn[a], p);
				}
				p.at.push(down.parent[a]);
				p.weight.push(g.weight[i]);
				p.count.push(g.count[i]);
				p.sum += g.weight[i];
				p.n += g.count[i];
				if (g.weight[i] > p.top) {
					p.top = g.weight[i];
					p.line = down.line[a];
					p.inlined = down.inlined[a];
				}
			}
			for (const [fn, p] of parts) {
				p.id = made.length;
				made.push({ parent: g.id, fn, line: p.line, inlined: p.inlined, value: p.sum, count: p.n });
				if (p.sum >= limit) work.push(p);
			}
		}
		const t = columns(made.length);
		made.forEach((m, i) => {
			t.parent[i] = m.parent;
			t.fn[i] = m.fn;
			t.line[i] = m.line;
			t.inlined[i] = m.inlined;
			t.value[i] = m.value;
			t.count[i] = m.count;
			/* at the first level the box itself was running; below it are only callers */
			if (i && m.parent === 0) {
				t.self[i] = m.value;
				t.selfCount[i] = m.count;
			}
		});
		return arrange(t);
	}

	/* Own weight per frame kind; folded boxes are left out, since they have no kind. */
	function byKind(data, t) {
		const sum = new Float64Array(7);
		for (let i = 1; i < t.n; i++) {
			if (t.self[i] > 0) sum[t.fn[i] >= 0 ? data.fns.kind[t.fn[i]] : 6] += t.self[i];
		}
		return sum;
	}

	const label = (data, fn) => (fn === FOLDED ? 'smaller paths' : data.fns.label[fn] || data.fns.name[fn]);
	const file = (data, fn) => (fn < 0 ? '' : data.paths[data.fns.file[fn]]);

	/*
	 * Functions that match: part of the name or file, upper and lower case alike; "in quotes" the
	 * whole name; /between slashes/ a regular expression. null: no search.
	 */
	function match(data, query) {
		const q = query.trim();
		if (!q) return null;
		const hit = new Uint8Array(data.fns.name.length);
		let test;
		const regex = /^\/(.+)\/i?$/.exec(q), exact = /^"(.*)"$/.exec(q);
		if (regex) {
			let r;
			try {
				r = new RegExp(regex[1], 'i');
			} catch {
				return hit;
			}
			test = s => r.test(s);
		} else if (exact) {
			for (let i = 0; i < hit.length; i++) {
				hit[i] = data.fns.name[i] === exact[1] || label(data, i) === exact[1] ? 1 : 0;
			}
			return hit;
		} else {
			const low = q.toLowerCase();
			test = s => s.toLowerCase().includes(low);
		}
		for (let i = 0; i < hit.length; i++) {
			hit[i] = test(data.fns.name[i]) || test(label(data, i)) || test(file(data, i)) ? 1 : 0;
		}
		return hit;
	}

	/* Weight below `root` that is in a matching box, each part counted once. */
	function matched(t, root, hit) {
		const covered = new Uint8Array(t.n), inside = new Uint8Array(t.n);
		let value = 0, count = 0, boxes = 0;
		inside[root] = 1;
		for (let i = root; i < t.n; i++) {
			if (i !== root) inside[i] = inside[t.parent[i]];
			if (!inside[i] || t.value[i] <= 0) continue;
			const is = t.fn[i] >= 0 && hit[t.fn[i]];
			const above = i !== root && covered[t.parent[i]];
			if (is) boxes++;
			if (is && !above) {
				value += t.value[i];
				count += t.count[i];
			}
			covered[i] = is || above ? 1 : 0;
		}
		return { value, count, boxes };
	}

	/* Half width of the 95 % Wilson interval, as in src/render/share.c. */
	function shareError(p, n) {
		if (!n) return 1;
		const z = 1.959963984540054;
		return z / (1 + z * z / n) * Math.sqrt(Math.max(0, p * (1 - p)) / n + z * z / (4 * n * n));
	}

	function shareText(p, n) {
		const half = shareError(p, n) * 100, digits = half < 0.95 && p < 0.0995 ? 1 : 0;
		return `${(p * 100).toFixed(digits)} % ±${Math.max(half, digits ? 0.1 : 1).toFixed(digits)}`;
	}

	const trim = (v, d) => v.toFixed(d);

	function amount(v, unit) {
		if (unit === 'nanoseconds') {
			if (v < 1e3) return `${trim(v, 0)} ns`;
			if (v < 1e6) return `${trim(v / 1e3, 1)} µs`;
			if (v < 1e9) return `${trim(v / 1e6, v < 1e7 ? 2 : v < 1e8 ? 1 : 0)} ms`;
			return `${trim(v / 1e9, v < 1e10 ? 2 : 1)} s`;
		}
		if (unit === 'bytes') {
			const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
			let u = 0;
			for (; v >= 1024 && u < names.length - 1; u++) v /= 1024;
			return `${trim(v, u ? 1 : 0)} ${names[u]}`;
		}
		return String(Math.round(v)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
	}

	return { topDown, bottomUp, byKind, match, matched, shareError, shareText, amount, label, file, FOLDED };
})();
if (typeof module !== 'undefined') module.exports = flameTree;
