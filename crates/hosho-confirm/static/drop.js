// A file that is dropped anywhere on the page lands in the field for files, and the page stays.
// Without this script the field itself takes it, as every such field does.
'use strict';
{
  const field = document.getElementById('file');
  const hint = document.getElementById('drop');
  const brings = (event) => event.dataTransfer?.types.includes('Files');
  const mark = (over) => document.body.classList.toggle('drop-here', over);

  if (field) {
    if (hint) hint.hidden = false;
    addEventListener('dragover', (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      mark(true);
    });
    addEventListener('dragleave', (event) => {
      // Left for good, not for another part of the page.
      if (event.relatedTarget === null) mark(false);
    });
    addEventListener('drop', (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      mark(false);
      const [file] = event.dataTransfer.files;
      if (!file) return;
      const dropped = new DataTransfer();
      dropped.items.add(file);
      field.files = dropped.files;
      field.dispatchEvent(new Event('change', { bubbles: true }));
      field.scrollIntoView({ block: 'nearest' });
      field.focus();
    });
  }
}
