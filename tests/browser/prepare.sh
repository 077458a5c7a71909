# Sourced by the browser checks in tests/all: $browser and $modules (NODE_PATH) or a reason to skip.
# The npm packages are pinned and stay in the build folder.
modules=$PWD/build/browser/node_modules
browser=$(command -v chromium || command -v chromium-browser || true)

skip() {
	echo "skipped: $1"
	exit 0
}

[ -n "$browser" ] || skip "no chromium here"
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || skip "no node and npm here"
if [ ! -d "$modules/playwright-core" ] || [ ! -d "$modules/speedscope" ]; then
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix build/browser \
		playwright-core@1.55.0 speedscope@1.25.0 >/dev/null 2>&1 || skip "npm cannot reach its registry"
fi
export CHROMIUM="$browser" MODULES="$modules"
