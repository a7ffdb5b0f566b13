// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the slowest calls are sorted in the table of latencies, and the column:
 * each number and what is shown of it. The column's heading gets the focus.
 */
const table = Array.from(document.querySelectorAll("table")).find((one) =>
	one.caption.textContent.startsWith("Latency by"));
const heading = Array.from(table.tHead.rows[0].cells).find((cell) =>
	cell.textContent === "Slowest");

heading.querySelector("button").focus();
return [heading.getAttribute("aria-sort") ?? "not sorted",
	...Array.from(table.tBodies[0].rows).map((row) => {
		const cell = row.cells[heading.cellIndex];

		return `${cell.getAttribute("data-v")} ${cell.textContent}`;
	})];
