// Light or dark as the system has it, before anything is drawn. A plain script: it must run before the page shows.
(function () {
  var dark = window.matchMedia('(prefers-color-scheme: dark)')
  function set() { document.documentElement.setAttribute('data-bs-theme', dark.matches ? 'dark' : 'light') }
  set()
  if (dark.addEventListener) dark.addEventListener('change', set)
}())
