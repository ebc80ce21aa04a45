/* The writing side of the admin: toolbar, live preview, drafts kept in the browser, and who else is
   here. The markup it puts in, and every word it says, stands in admin/_editor_parts.html. */
"use strict";

(() => {
  const PREVIEW_AFTER = 400; // ms without a key
  const KEEP_AFTER = 800;
  const PRESENT_EVERY = 30000;
  const FORGET_AFTER = 30 * 24 * 60 * 60 * 1000; // a month

  function part(root, name) {
    return root.querySelector(`template[data-part="${name}"]`).content.firstElementChild.cloneNode(true);
  }

  function after(milliseconds, action) {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(action, milliseconds);
    };
  }

  function post(form, address, fields) {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      body.append(name, value);
    }
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    return fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  }

  /* Writing into a textarea so that Ctrl+Z takes it back. */
  function replace(area, start, end, text, selectFrom = text.length, selectTo = selectFrom) {
    area.focus();
    area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text);
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    area.setSelectionRange(start + selectFrom, start + selectTo);
  }

  const tools = {
    wrap(area, mark) {
      const { selectionStart: start, selectionEnd: end, value } = area;
      const words = value.slice(start, end);
      const around = [value.slice(start - mark.length, start), value.slice(end, end + mark.length)];
      const single = mark.length === 1 && value.slice(start - 2, start) === "**";
      if (around[0] === mark && around[1] === mark && !single) {
        replace(area, start - mark.length, end + mark.length, words, 0, words.length);
      } else {
        replace(area, start, end, mark + words + mark, mark.length, mark.length + words.length);
      }
    },
    line(area, mark) {
      const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
      const end = area.selectionEnd;
      const lines = area.value.slice(start, end).split("\n");
      const all = lines.every((line) => line.startsWith(mark));
      const plain = (line) => line.replace(/^(#{1,6} |- |> )/, "");
      const text = lines.map((line) => (all ? plain(line) : mark + plain(line))).join("\n");
      replace(area, start, end, text);
    },
    link(area) {
      area.dispatchEvent(new CustomEvent("link", { bubbles: true }));
    },
    footnote(area, placeholder) {
      const used = [...area.value.matchAll(/\[\^(\d+)\]/g)].map((match) => Number(match[1]));
      const number = Math.max(0, ...used) + 1;
      const at = area.selectionEnd;
      replace(area, at, at, `[^${number}]`);
      const end = area.value.length;
      const gap = area.value.endsWith("\n") ? "\n" : "\n\n";
      const start = gap.length + `[^${number}]: `.length;
      replace(area, end, end, `${gap}[^${number}]: ${placeholder}`, start, start + placeholder.length);
    },
  };

  /* Enter within a list or a quotation begins its next line; on an empty one it ends it. */
  function goOn(area) {
    const { selectionStart: at, selectionEnd: end, value } = area;
    const start = value.lastIndexOf("\n", at - 1) + 1;
    const line = /^( *)(- |> |(\d{1,3})\. )(.*)$/.exec(value.slice(start, at));
    if (at !== end || !line) return false;
    const [, indent, mark, number, words] = line;
    if (!words.trim()) {
      replace(area, start, at, "\n");
      return true;
    }
    replace(area, at, at, `\n${indent}${number ? `${Number(number) + 1}. ` : mark}`);
    return true;
  }

  function toolbar(root, area) {
    const bar = part(root, "toolbar");
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      for (const [name, use] of Object.entries(tools)) {
        if (name in button.dataset) use(area, button.dataset[name]);
      }
      if ("picture" in button.dataset) {
        area.dispatchEvent(new CustomEvent("picture", { bubbles: true }));
      }
    });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && goOn(area)) {
        event.preventDefault();
      }
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      const button = bar.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
      if (button) {
        event.preventDefault();
        button.click();
      }
    });
    return bar;
  }

  function livePreview(root, form, area, say) {
    const pane = part(root, "preview");
    const length = part(root, "length");
    const page = pane.querySelector("[data-page]");
    let asked = 0;
    const refresh = async () => {
      const mine = ++asked;
      try {
        const answer = await post(form, root.dataset.render, {
          text: area.value,
          prefix: area.dataset.markdown,
        });
        const result = await answer.json();
        if (mine !== asked) return; // a later answer is on its way
        if (answer.ok) {
          page.innerHTML = result.html; // made and cleaned by the site's renderer
          length.textContent = result.length;
          for (const link of page.querySelectorAll('a:not([href^="#"])')) link.target = "_blank";
        } else {
          length.textContent = result.error;
        }
        say("online");
      } catch {
        if (mine === asked) say("offline");
      }
    };
    area.addEventListener("input", after(PREVIEW_AFTER, refresh));
    refresh();
    return [pane, length];
  }

  function enhance(root, form, area, say) {
    const box = document.createElement("div");
    const write = document.createElement("div");
    box.className = "markdown";
    area.replaceWith(box);
    const [pane, length] = livePreview(root, form, area, say);
    write.append(toolbar(root, area), area, length);
    box.append(write, pane);
  }

  /* Unsaved words. The form's fields are kept under the article's name until a save has worked. */
  function drafts(root, form, say) {
    const key = `stale-love/${root.dataset.draft}`;
    const ours = (field) =>
      field.name && !field.name.startsWith("_") && !/^(csrfmiddlewaretoken|version)$/.test(field.name) &&
      !["file", "submit", "button", "hidden", "search"].includes(field.type) && field.tagName !== "BUTTON" &&
      field.type !== "select-multiple";
    const fields = () => [...form.elements].filter(ours);
    const name = (field) => (field.type === "checkbox" ? `${field.name}=${field.value}` : field.name);
    const value = (field) => (field.type === "checkbox" ? field.checked : field.value.replace(/\r\n/g, "\n"));
    const state = () => Object.fromEntries(fields().map((field) => [name(field), value(field)]));
    const read = (text) => {
      try {
        return JSON.parse(text);
      } catch {
        return null;
      }
    };

    const submitted = sessionStorage.getItem("stale-love/submitted");
    sessionStorage.removeItem("stale-love/submitted");
    if (submitted && document.querySelector(".messagelist .saved")) localStorage.removeItem(submitted);
    for (const old of Object.keys(localStorage).filter((one) => one.startsWith("stale-love/"))) {
      const kept = read(localStorage.getItem(old));
      if (!kept || Date.now() - kept.at > FORGET_AFTER) localStorage.removeItem(old);
    }

    const stored = state();
    const refused = Boolean(document.querySelector(".errornote")); // what stands here is not saved
    const draft = read(localStorage.getItem(key));
    const differs = draft && Object.entries(draft.fields).some(([field, words]) => field in stored && stored[field] !== words);
    if (draft && !differs && !refused) localStorage.removeItem(key);
    if (differs) {
      const offer = part(root, "unsaved");
      offer.querySelector("[data-when]").textContent = new Date(draft.at).toLocaleString(document.documentElement.lang);
      offer.querySelector("[data-restore]").addEventListener("click", () => {
        for (const field of fields()) {
          const words = draft.fields[name(field)];
          if (words === undefined) continue;
          if (field.type === "checkbox") field.checked = words;
          else field.value = words;
          field.dispatchEvent(new Event("input", { bubbles: true }));
          field.dispatchEvent(new Event("change", { bubbles: true }));
        }
        offer.remove();
      });
      offer.querySelector("[data-discard]").addEventListener("click", () => {
        localStorage.removeItem(key);
        offer.remove();
      });
      form.prepend(offer);
    }

    const keep = () => {
      const now = state();
      if (!refused && JSON.stringify(now) === JSON.stringify(stored)) {
        localStorage.removeItem(key);
        say("");
        return;
      }
      try {
        localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields: now }));
        say("kept");
      } catch {
        say("full");
      }
    };
    form.addEventListener("input", after(KEEP_AFTER, keep));
    form.addEventListener("change", after(KEEP_AFTER, keep));
    form.addEventListener("submit", (event) => {
      if (event.submitter && event.submitter.formTarget === "_blank") return; // a look, no save
      keep();
      sessionStorage.setItem("stale-love/submitted", key);
    });
    addEventListener("pagehide", () => {
      if (!sessionStorage.getItem("stale-love/submitted")) keep();
    });
  }

  function statusLine(root, form) {
    const line = part(root, "status");
    (form.querySelector(".submit-row") || form).prepend(line);
    let offline = false;
    let kept = "";
    return (what) => {
      if (what === "offline" || what === "online") offline = what === "offline";
      else kept = what;
      const words = offline ? line.dataset.offline : line.dataset[kept] || "";
      if (line.textContent !== words) line.textContent = words;
    };
  }

  function presence(root, form) {
    const beat = async () => {
      try {
        const answer = await post(form, root.dataset.present, {});
        const { others } = await answer.json();
        let note = form.querySelector("[data-others]");
        if (!others.length) {
          if (note) note.remove();
        } else {
          if (!note || !note.querySelector("[data-names]")) {
            if (note) note.remove();
            note = part(root, "others");
            root.before(note);
          }
          const names = note.querySelector("[data-names]");
          if (names.textContent !== others.join(", ")) names.textContent = others.join(", ");
        }
      } catch {
        /* The next beat tries again. */
      }
    };
    beat();
    setInterval(() => document.hidden || beat(), PRESENT_EVERY);
  }

  /* The picture library, in a dialog outside the form so that nothing in it is saved with it. */
  function pictures(root, form) {
    const dialog = part(root, "pictures");
    document.body.append(dialog);
    const find = (name) => dialog.querySelector(`[data-${name}]`);
    let area;
    let at; // where the cursor was before the dialog took the focus

    const put = (picture) => {
      dialog.close();
      const { value } = area;
      const gap = (text, wanted) => (text === "" || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : wanted);
      const before = gap(value.slice(0, at), "\n\n");
      const after = value.slice(at).startsWith("\n\n") ? "" : value.slice(at).startsWith("\n") ? "\n" : "\n\n";
      replace(area, at, at, before + picture.markdown + after);
    };
    const show = async () => {
      const answer = await fetch(`${root.dataset.choose}?${new URLSearchParams({ q: find("words").value })}`);
      const { pictures: found } = await answer.json();
      find("nothing").hidden = found.length > 0;
      find("found").replaceChildren(
        ...found.map((picture) => {
          const item = document.createElement("li");
          const button = document.createElement("button");
          const image = document.createElement("img");
          button.type = "button";
          image.src = picture.thumbnail;
          image.alt = picture.alt;
          const name = document.createElement("span");
          name.textContent = picture.name;
          button.append(image, name);
          button.addEventListener("click", () => put(picture));
          item.append(button);
          return item;
        }),
      );
    };
    find("words").addEventListener("input", after(PREVIEW_AFTER, () => show().catch(() => {})));
    find("close").addEventListener("click", () => dialog.close());
    if (find("add")) {
      find("add").addEventListener("click", async () => {
        const problem = find("error");
        problem.textContent = "";
        try {
          const fields = { alt: find("alt").value, credit: find("credit").value };
          if (find("file").files[0]) fields.file = find("file").files[0];
          const answer = await post(form, root.dataset.upload, fields);
          const result = await answer.json();
          if (answer.ok) {
            for (const name of ["file", "alt", "credit"]) find(name).value = "";
            put(result.picture);
          } else {
            problem.textContent = result.error;
          }
        } catch {
          problem.textContent = problem.dataset.offline;
        }
      });
    }
    const open = (target) => {
      area = target;
      at = area.selectionEnd;
      if (!dialog.open) dialog.showModal();
      show().catch(() => {});
    };
    form.addEventListener("picture", (event) => open(event.target));

    /* A file dropped into a text, or pasted: the dialog opens with it and asks what it shows. */
    if (!find("add")) return;
    const pictureIn = (transfer) => [...transfer.files].find((file) => file.type.startsWith("image/"));
    const take = (event, transfer) => {
      const file = pictureIn(transfer);
      if (!file || !event.target.matches("textarea[data-markdown]")) return;
      event.preventDefault();
      const files = new DataTransfer();
      files.items.add(file);
      find("file").files = files.files;
      open(event.target);
      find("alt").focus();
    };
    form.addEventListener("dragover", (event) => {
      const brings = [...event.dataTransfer.items].some((item) => item.kind === "file");
      if (brings && event.target.matches("textarea[data-markdown]")) event.preventDefault();
    });
    form.addEventListener("drop", (event) => take(event, event.dataTransfer));
    form.addEventListener("paste", (event) => {
      // A word processor puts a picture of the words beside the words themselves.
      if (!event.clipboardData.types.includes("text/plain")) take(event, event.clipboardData);
    });
  }

  /* A link to a page of the site, found by its name, or to an address that was pasted. */
  function links(root, form) {
    const dialog = part(root, "links");
    document.body.append(dialog);
    const find = (name) => dialog.querySelector(`[data-${name}]`);
    const isAddress = (text) => /^(https?:\/\/|mailto:|tel:|\/|#)\S+$/.test(text);
    let area;
    let marked; // what was selected before the dialog took the focus
    let asked = 0;

    const put = (address, title) => {
      dialog.close();
      const [start, end] = marked;
      const words = area.value.slice(start, end) || title;
      const target = address.replace(/[()\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
      replace(area, start, end, `[${words}](${target})`);
    };
    const show = async () => {
      const words = find("words").value.trim();
      const mine = ++asked;
      find("address").disabled = !isAddress(words);
      const answer = await fetch(`${root.dataset.links}?${new URLSearchParams({ q: words })}`);
      const { targets } = await answer.json();
      if (mine !== asked) return;
      find("nothing").hidden = targets.length > 0 || isAddress(words);
      find("found").replaceChildren(
        ...targets.map((target) => {
          const item = document.createElement("li");
          const button = document.createElement("button");
          const kind = document.createElement("span");
          button.type = "button";
          button.textContent = target.title;
          kind.textContent = target.kind;
          button.append(" ", kind);
          button.addEventListener("click", () => put(target.address, target.title));
          item.append(button);
          return item;
        }),
      );
    };
    find("words").addEventListener("input", () => {
      find("address").disabled = !isAddress(find("words").value.trim());
    });
    find("words").addEventListener("input", after(PREVIEW_AFTER / 2, () => show().catch(() => {})));
    find("words").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (!find("address").disabled) find("address").click();
      else find("found").querySelector("button")?.click();
    });
    find("address").addEventListener("click", () => put(find("words").value.trim(), root.dataset.words));
    find("close").addEventListener("click", () => dialog.close());
    form.addEventListener("link", (event) => {
      area = event.target;
      marked = [area.selectionStart, area.selectionEnd];
      const words = area.value.slice(...marked);
      find("words").value = isAddress(words) ? words : "";
      dialog.showModal();
      find("words").focus();
      show().catch(() => {});
    });
  }

  /* Ctrl+S presses the first button, as it does everywhere else. */
  function saveKey(form) {
    document.addEventListener("keydown", (event) => {
      const save = form.querySelector(".submit-row .default");
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key !== "s") return;
      event.preventDefault();
      if (save && !document.querySelector("dialog[open]")) save.click();
    });
  }

  /* “Schedule” says when. */
  function scheduleButton(form) {
    const button = form.querySelector("[data-schedule]");
    const [day, time] = ["schedule_for_0", "schedule_for_1"].map((name) => form.elements[name]);
    if (!button || !day || !time) return;
    const plain = button.textContent;
    const show = () => {
      const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day.value);
      const clock = /^(\d{1,2}:\d{2})/.exec(time.value);
      if (!match || !clock) {
        button.textContent = plain;
        return;
      }
      const date = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
      const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
      const words = date.toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long", year });
      button.textContent = `${button.dataset.schedule} ${words}, ${clock[1]}`;
    };
    for (const field of [day, time]) {
      // The admin's calendar and clock set the value without an event.
      for (const event of ["input", "change", "focus", "blur"]) field.addEventListener(event, show);
    }
    form.addEventListener("click", () => setTimeout(show, 0));
    document.addEventListener("click", () => setTimeout(show, 0));
    show();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const root = document.querySelector("[data-editor]");
    if (!root) return;
    const form = root.closest("form");
    const say = statusLine(root, form);
    for (const area of form.querySelectorAll("textarea[data-markdown]")) enhance(root, form, area, say);
    drafts(root, form, say);
    pictures(root, form);
    links(root, form);
    saveKey(form);
    if (root.dataset.present) presence(root, form);
    scheduleButton(form);
  });
})();
