# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A page in headless Chromium, driven by chromedriver over HTTP. A suite
# sources this after tests/cli/lib.sh, and then:
#
#	browser_start               once
#	browser_open FILE           reads it, from its file
#	browser_size WIDTH          in CSS pixels
#	browser_scheme dark|light   what the reader's system prefers
#	browser_media print|screen  what it is shown on
#	browser_ask SCRIPT          prints what tests/browser/SCRIPT.js returns,
#	                            a line for each of a list
#	browser_keys TEXT           types into what has the focus; \uE004: Tab
#	browser_log                 what the console said
#	browser_requests            addresses that were asked for
#	browser_picture FILE.png    the whole page; browser_paper FILE.pdf
#	browser_end                 before done_testing
#
# Whatever does not work ends the suite (or its subshell, with status 1): a page
# that nobody looked at has not passed.

# shellcheck disable=SC2154 # $tmp is of tests/cli/lib.sh
browser_folder=$tmp/browser
browser_driver=
session=

# Said on the suite's own stdout, wherever that of a function goes.
exec {browser_says}>&1
browser_fails() {
	echo "Bail out! $1" >&"$browser_says"
	exit 1
}

browser_end() {
	[ -z "$session" ] || curl -s -X DELETE "$session" >/dev/null
	[ -z "$browser_driver" ] || kill "$browser_driver" 2>/dev/null
	session=
	browser_driver=
	wait 2>/dev/null
}

# However the suite ends.
browser_stop() {
	browser_end
	chmod -R u+rwX "$tmp" 2>/dev/null
	rm -rf "$tmp"
}

# post PATH JSON: chromedriver's answer, the value of it alone.
post() {
	curl -s --max-time 120 -X POST "$session$1" \
		-H 'Content-Type: application/json' --data-binary @- \
		<<<"$2" >"$browser_folder/answer"
	jq -e 'has("value") and (.value | type != "object" or
		has("error") == false)' "$browser_folder/answer" >/dev/null ||
		browser_fails "$1: $(head -c 600 "$browser_folder/answer")"
}

# cdp COMMAND JSON: one of the DevTools' own commands.
cdp() {
	post /goog/cdp/execute "{\"cmd\": \"$1\", \"params\": $2}"
}

browser_start() {
	local tool port tries=0
	for tool in chromium chromedriver curl jq; do
		command -v $tool >/dev/null || browser_fails \
			"there is no $tool: scripts/install-deps.sh page"
	done
	mkdir -p "$browser_folder/home"
	touch "$browser_folder/driver.log"
	HOME=$browser_folder/home chromedriver --port=0 \
		>"$browser_folder/driver.log" 2>&1 &
	browser_driver=$!
	trap browser_stop EXIT
	until port=$(grep -oE 'successfully on port [0-9]+' \
		"$browser_folder/driver.log" | grep -oE '[0-9]+'); do
		tries=$((tries + 1))
		[ $tries -lt 300 ] ||
			browser_fails "chromedriver does not start"
		sleep 0.1
	done
	session=http://127.0.0.1:$port/session
	post "" "$(jq -n --arg home "$browser_folder/profile" '{
		capabilities: {alwaysMatch: {
			"goog:loggingPrefs": {
				browser: "ALL", performance: "ALL"},
			"goog:chromeOptions": {args: ["--headless",
				"--no-sandbox", "--disable-gpu",
				"--disable-quic", "--no-first-run",
				"--disable-background-networking",
				"--disable-dev-shm-usage",
				"--hide-scrollbars",
				"--user-data-dir=" + $home]}}}}')"
	session=$session/$(jq -r .value.sessionId "$browser_folder/answer")
}

browser_open() {
	post /url "$(jq -n --arg url "file://$(realpath "$1")" '{url: $url}')"
}

browser_size() {
	cdp Emulation.setDeviceMetricsOverride "{\"width\": $1, \"height\": 900,
		\"deviceScaleFactor\": 1, \"mobile\": false}"
}

browser_scheme() {
	cdp Emulation.setEmulatedMedia "{\"media\": \"\", \"features\": [
		{\"name\": \"prefers-color-scheme\", \"value\": \"$1\"}]}"
}

browser_media() {
	cdp Emulation.setEmulatedMedia "{\"media\": \"$1\"}"
}

browser_ask() {
	post /execute/sync "$(jq -Rs '{script: ., args: []}' \
		"tests/browser/$1.js")"
	jq -r '.value | if type == "array" then .[] else . end' \
		"$browser_folder/answer"
}

browser_keys() {
	post /actions "$(jq -n --argjson text "\"$1\"" '{actions: [{
		type: "key", id: "keyboard", actions: [$text | split("")[] |
		{type: "keyDown", value: .}, {type: "keyUp", value: .}]}]}')"
}

browser_log() {
	post /se/log '{"type": "browser"}'
	jq -r '.value[] | .level + " " + .message' "$browser_folder/answer"
}

browser_requests() {
	post /se/log '{"type": "performance"}'
	jq -r '.value[].message | fromjson | .message |
		select(.method == "Network.requestWillBeSent") |
		.params.request.url' "$browser_folder/answer"
}

browser_picture() {
	cdp Page.captureScreenshot '{"captureBeyondViewport": true}'
	jq -r .value.data "$browser_folder/answer" | base64 -d >"$1"
}

browser_paper() {
	cdp Page.printToPDF '{"printBackground": false, "paperWidth": 8.27,
		"paperHeight": 11.69, "preferCSSPageSize": true}'
	jq -r .value.data "$browser_folder/answer" | base64 -d >"$1"
}
