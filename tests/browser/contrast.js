// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts whose contrast to what is behind them is below 4.5:1 (WCAG 2.1,
 * "contrast ratio", "relative luminance"), and how many were looked at.
 */
const LEAST = 4.5;

function parts(colour) {
	const numbers = colour.match(/[\d.]+/g).map(Number);

	return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
}

function luminance(rgb) {
	const [r, g, b] = rgb.map((value) => {
		const share = value / 255;

		return share <= 0.04045 ? share / 12.92 :
			((share + 0.055) / 1.055) ** 2.4;
	});

	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function over(front, back) {
	return front.rgb.map((value, i) =>
		value * front.alpha + back[i] * (1 - front.alpha));
}

/* In a picture its own white; elsewhere what the elements around it have. */
function behind(element) {
	if (!element)
		return [255, 255, 255];
	return over(parts(getComputedStyle(element).backgroundColor),
		behind(element.parentElement));
}

function ratio(a, b) {
	const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);

	return (high + 0.05) / (low + 0.05);
}

const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
let looked = 0;

for (const folded of document.querySelectorAll("details"))
	folded.open = true;
while (texts.nextNode()) {
	const element = texts.currentNode.parentElement;
	const style = getComputedStyle(element);
	const words = texts.currentNode.textContent.trim();

	if (!words || !element.checkVisibility() ||
	    element.closest("script, style, title, desc"))
		continue;
	const back = behind(element);
	const colour = parts(element.closest("svg") ? style.fill : style.color);
	const is = ratio(over(colour, back), back);

	looked++;
	if (is < LEAST)
		found.push(`${is.toFixed(2)}: "${words.slice(0, 40)}" in ` +
			`${element.tagName} .${element.className}`);
}
return looked > 20 ? found : [`only ${looked} texts were there to look at`];
