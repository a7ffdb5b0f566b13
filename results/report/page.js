// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page about runs can do beyond being read: sort its tables by a click
 * or a key on a heading, filter the long ones, be made light or dark. Nothing
 * is stored: a page from a file may not, in some browsers.
 */
"use strict";

const FILTER_FROM = 13; /* rows */
const FOLDED = "details:not([open]):not(.long)";

/* ---- sorting ---- */

/* Numbers before texts, nothing last, whichever way. */
function keyOf(row, column) {
	const cell = row.cells[column];
	const number = cell.getAttribute("data-v");

	if (number !== null)
		return Number(number);
	return cell.textContent === "–" ? null : cell.textContent;
}

function compareKeys(a, b, sign) {
	if (a === b)
		return 0;
	if (a === null || b === null)
		return a === null ? 1 : -1;
	if (typeof a !== typeof b)
		return typeof a === "number" ? -1 : 1;
	if (typeof a === "number")
		return sign * (a - b);
	return sign * (a < b ? -1 : 1);
}

/* Numbers begin with the largest, texts with the first letter. */
function nextOrder(heading) {
	const now = heading.getAttribute("aria-sort");

	if (now === "ascending")
		return "descending";
	if (now === "descending")
		return "ascending";
	return heading.classList.contains("number") ? "descending" :
						      "ascending";
}

function sortBy(table, heading, column) {
	const body = table.tBodies[0];
	const order = nextOrder(heading);
	const sign = order === "ascending" ? 1 : -1;
	const rows = Array.from(body.rows, (row) => ({
		row,
		key: keyOf(row, column),
	}));

	for (const other of table.tHead.querySelectorAll("[aria-sort]"))
		other.removeAttribute("aria-sort");
	heading.setAttribute("aria-sort", order);
	rows.sort((a, b) => compareKeys(a.key, b.key, sign));
	body.append(...rows.map((one) => one.row));
}

/* The column that each heading is of, those over several left out. */
function headingsOf(table) {
	const rows = table.tHead.rows;
	const headings = [];
	let column = 0;

	for (const heading of rows[0].cells) {
		if (heading.scope === "col")
			headings.push([heading, column]);
		column += heading.colSpan;
	}
	if (rows.length < 2)
		return headings;
	column -= rows[1].cells.length;
	for (const heading of rows[1].cells)
		headings.push([heading, column++]);
	return headings;
}

function makeSortable(table) {
	for (const [heading, column] of headingsOf(table)) {
		const button = document.createElement("button");

		button.type = "button";
		button.append(...heading.childNodes);
		heading.append(button);
		button.addEventListener("click", () =>
			sortBy(table, heading, column));
	}
}

/* ---- filtering ---- */

function applyFilter(table, words, said) {
	let shown = 0;

	for (const row of table.tBodies[0].rows) {
		const text = row.textContent.toLowerCase();

		row.hidden = !words.every((word) => text.includes(word));
		shown += !row.hidden;
	}
	said.textContent = words.length ?
		`${shown} of ${table.tBodies[0].rows.length} rows` : "";
}

function makeFilter(table, number) {
	const box = document.createElement("div");
	const label = document.createElement("label");
	const input = document.createElement("input");
	const said = document.createElement("output");
	const caption = table.caption.textContent;

	box.className = "filter";
	input.type = "search";
	input.id = `filter-${number}`;
	label.htmlFor = input.id;
	label.textContent = `Filter “${caption}”`;
	said.setAttribute("aria-live", "polite");
	box.append(label, input, said);
	table.parentElement.before(box);
	input.addEventListener("input", () => applyFilter(table,
		input.value.toLowerCase().split(/\s+/).filter(Boolean), said));
}

/* ---- light or dark ---- */

function makeScheme(button) {
	const system = window.matchMedia("(prefers-color-scheme: dark)");
	const root = document.documentElement;
	const isDark = () => root.dataset.scheme ?
		root.dataset.scheme === "dark" : system.matches;
	const say = () => {
		button.textContent = isDark() ? "Light page" : "Dark page";
	};

	button.hidden = false;
	button.addEventListener("click", () => {
		root.dataset.scheme = isDark() ? "light" : "dark";
		say();
	});
	system.addEventListener("change", say);
	say();
}

/* ---- paper can't be unfolded; what is long stays as it is ---- */

function unfoldAll() {
	for (const folded of document.querySelectorAll(FOLDED)) {
		folded.open = true;
		folded.dataset.folded = "";
	}
}

function foldAgain() {
	for (const folded of document.querySelectorAll("details[data-folded]")) {
		folded.open = false;
		delete folded.dataset.folded;
	}
}

document.querySelectorAll("main table").forEach((table, number) => {
	if (table.classList.contains("facts"))
		return;
	makeSortable(table);
	if (table.tBodies[0].rows.length >= FILTER_FROM)
		makeFilter(table, number);
});
makeScheme(document.getElementById("scheme"));
window.addEventListener("beforeprint", unfoldAll);
window.addEventListener("afterprint", foldAgain);
