// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page must have for those who hear it or go through it by keys: each
 * rule that it breaks, with where.
 */
const found = [];
const all = (selector) => Array.from(document.querySelectorAll(selector));
const where = (element) =>
	`<${element.tagName.toLowerCase()} class="${element.className}" ` +
	`id="${element.id}"> "${element.textContent.trim().slice(0, 40)}"`;

function rule(says, elements) {
	for (const element of elements)
		found.push(`${says}: ${where(element)}`);
}

function must(says, holds) {
	if (!holds)
		found.push(says);
}

/* The words that an element is called by. */
function nameOf(element) {
	const by = element.getAttribute("aria-labelledby");

	if (by)
		return by.split(" ").map((id) =>
			document.getElementById(id)?.textContent ?? "").join("");
	return element.getAttribute("aria-label") ?? "";
}

for (const folded of all("details"))
	folded.open = true;

/* The whole. */
must("the page says no language", document.documentElement.lang);
must("the page has no title", document.title.trim());
for (const one of ["h1", "main", "header", "footer", "nav"])
	must(`there is one ${one}`, all(one).length === 1);
rule("a landmark has no name", all("nav, section, [role=region]")
	.filter((element) => !nameOf(element).trim()));
rule("text is outside of landmarks", all("body > *").filter((element) =>
	!element.matches("header, main, footer, script, .skip")));

/* Headings go down one level at a time. */
let level = 0;
for (const heading of all("h1, h2, h3, h4, h5, h6")) {
	const next = Number(heading.tagName[1]);

	if (next > level + 1)
		found.push(`a heading's level is left out: ${where(heading)}`);
	if (!heading.textContent.trim())
		found.push(`a heading is empty: ${where(heading)}`);
	level = next;
}

/* Ids and what refers to them. */
const ids = all("[id]").map((element) => element.id);
rule("an id is there twice", all("[id]").filter((element) =>
	ids.indexOf(element.id) !== ids.lastIndexOf(element.id)));
rule("a link leads nowhere", all("a[href^='#']").filter((link) =>
	!document.getElementById(link.getAttribute("href").slice(1))));
rule("a link leads out of the page", all("a:not([href^='#'])"));
for (const name of ["aria-labelledby", "aria-describedby", "for"])
	rule(`${name} names what is not there`, all(`[${name}]`).filter(
		(element) => element.getAttribute(name).split(" ").some((id) =>
			!document.getElementById(id))));
for (const use of all("use, [fill^='url(']")) {
	const names = ["href", "xlink:href", "fill"].map((name) =>
		use.getAttribute(name) ?? "").join(" ");

	for (const [, id] of names.matchAll(/#([\w-]+)/g))
		if (!document.getElementById(id))
			found.push(`a picture lacks a part of it: ${id}`);
}

/* Pictures. */
rule("a picture has no name and description", all("svg").filter((svg) =>
	svg.getAttribute("role") !== "img" || !nameOf(svg).trim() ||
	!svg.querySelector("title")?.textContent.trim() ||
	!svg.querySelector("desc")?.textContent.trim()));
rule("a picture has no caption", all("figure").filter((figure) =>
	!figure.querySelector("figcaption")?.textContent.trim()));
rule("an image has no alternative", all("img:not([alt])"));

/* Tables. */
rule("a table has no caption", all("table").filter((table) =>
	!table.caption?.textContent.trim()));
rule("a heading of a table has no scope", all("th").filter((cell) =>
	!["row", "col", "colgroup"].includes(cell.getAttribute("scope"))));
rule("a heading of a table is empty", all("th").filter((cell) =>
	!cell.textContent.trim()));
for (const table of all("table")) {
	const width = Array.from(table.tHead.rows[0].cells).reduce(
		(sum, cell) => sum + cell.colSpan, 0);

	rule(`a row has not ${width} cells`, Array.from(table.tBodies[0].rows)
		.filter((row) => row.cells.length !== width));
}

/* What can be used. */
rule("what can be used has no name", all("button, input, summary, a")
	.filter((element) => !(element.textContent.trim() || nameOf(element) ||
		(element.labels && element.labels.length))));
rule("the order of keys is not the page's", all("[tabindex]")
	.filter((element) => element.tabIndex > 0));
rule("what scrolls can't be reached by keys or has no name", all("*").filter(
	(element) => /auto|scroll/.test(getComputedStyle(element).overflowX) &&
		(element.tabIndex !== 0 || !nameOf(element))));
const first = document.querySelector("a, button, [tabindex='0']");
must("the first thing to reach skips to the content",
	first?.getAttribute("href") === "#main");
return found;
