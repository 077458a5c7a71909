/* SPDX-License-Identifier: MIT */
/*
 * stacks.mjs million|wide: a stacks table (tests/helpers/stacks_file.h) whose call tree has a million
 * nodes, or 600 columns that are 60 boxes deep.
 */
const out = ['C\tsynthetic', 'P\t1000000\t60'];
const kinds = ['app', 'app', 'library', 'runtime', 'kernel', 'unknown'];
let seed = 42;
const random = n => {
	seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
	return Math.floor(seed / 4294967296 * n);
};

function million() {
	const functions = 4000;
	for (let i = 0; i < functions; i++) {
		out.push(`F\t${kinds[i % 6]}\t0\t${i % 900 + 1}\t0\tsrc/part${i % 50}.cpp\t/usr/bin/synthetic\tpart${i % 50}::Class${i % 97}::method_${i}`);
	}
	for (let t = 0; t < 8; t++) out.push(`T\t1\t${t + 1}\tworker-${t}`);
	for (let i = 0; i < 130000; i++) {
		const path = [0];
		let at = 1 + random(12);
		/* like real programs: common prefixes, then more and more choices */
		for (let d = 0; d < 6 + random(10); d++) {
			path.push(at % functions);
			at = (at * 31 + random(d < 4 ? 3 : 12) * 7 + d) % functions;
		}
		out.push(`S\t${random(8)}\t${1 + random(4)}\t${path.join(',')}`);
	}
}

function wide() {
	const columns = 600, depth = 60;
	for (let i = 0; i < columns; i++) out.push(`F\t${kinds[i % 6]}\t0\t0\t0\t\t/usr/bin/synthetic\tcolumn_${i}`);
	out.push('T\t1\t1\tmain');
	for (let c = 0; c < columns; c++) {
		out.push(`S\t0\t1\t${Array.from({ length: depth }, (_, d) => (c + d * 7) % columns).join(',')}`);
	}
}

(process.argv[2] === 'wide' ? wide : million)();
process.stdout.write(`${out.join('\n')}\n`);
