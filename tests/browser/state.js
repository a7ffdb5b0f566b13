// SPDX-License-Identifier: GPL-2.0-only
/* What has the focus, how far it stands out, and the page's colours. */
const focused = document.activeElement;
const style = getComputedStyle(focused);

return [`focus ${focused.id || focused.className || focused.tagName}`,
	`outline ${style.outlineStyle} ${style.outlineWidth}`,
	`page ${getComputedStyle(document.body).backgroundColor}`,
	`button ${document.getElementById("scheme").textContent}`,
	`contents ${document.querySelector("nav").checkVisibility()}`,
	`at ${location.hash}`];
