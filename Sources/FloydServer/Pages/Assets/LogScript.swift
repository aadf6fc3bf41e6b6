/// `/assets/log.js`: news for a page that is complete without it. What a job printed becomes text nodes and nothing else.
enum LogScript {
    static let text = #"""
        "use strict";
        (() => {
          const main = document.querySelector("main");

          // Times in the reader's own form and zone.
          const localise = (root) => {
            for (const time of root.querySelectorAll("time[datetime]")) {
              const date = new Date(time.dateTime);
              if (isNaN(date)) continue;
              const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
              time.textContent = date.toLocaleString([], { year, month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
              time.title = date.toString();
            }
          };
          const duration = (seconds) => {
            const s = Math.max(0, Math.floor(seconds));
            const two = (n) => String(n).padStart(2, "0");
            if (s < 60) return s + " s";
            if (s < 3600) return Math.floor(s / 60) + " min " + two(s % 60) + " s";
            if (s < 86400) return Math.floor(s / 3600) + " h " + two(Math.floor(s / 60) % 60) + " min";
            return Math.floor(s / 86400) + " d " + Math.floor(s / 3600) % 24 + " h";
          };
          // Counted on from what the server said, on a clock that doesn't jump.
          const begun = new WeakMap();
          const count = () => {
            for (const element of document.querySelectorAll("[data-elapsed]")) {
              if (!begun.has(element)) begun.set(element, performance.now());
              element.textContent = duration(Number(element.dataset.elapsed) + (performance.now() - begun.get(element)) / 1000);
            }
          };
          count();
          setInterval(count, 1000);
          localise(document);

          // Takes parts of the page anew from the server, which has escaped everything in them.
          const refresh = async (address, names) => {
            let response;
            try { response = await fetch(address, { redirect: "manual" }); } catch { return; }
            if (response.status !== 200) return;
            const page = new DOMParser().parseFromString(await response.text(), "text/html");
            for (const name of names) {
              const fresh = page.getElementById(name), old = document.getElementById(name);
              if (!fresh || !old) continue;
              localise(fresh);
              old.replaceWith(document.adoptNode(fresh));
            }
          };
          if (main.dataset.refresh) {
            const names = main.dataset.refresh.split(" ");
            setInterval(() => { if (!document.hidden) refresh("/", names); }, 5000);
          }
          if (!main.dataset.stream) {
            const lines = document.getElementById("lines");
            if (lines) lines.scrollTop = lines.scrollHeight;
            return;
          }

          // One line as a terminal would show it: carriage returns and backspaces move, escape sequences vanish.
          class Line {
            constructor(text = "", cursor = 0) { this.cells = Array.from(text); this.cursor = cursor; this.mode = ""; this.digits = ""; }
            feed(text) {
              for (const c of text) {
                const code = c.codePointAt(0);
                if (this.mode === "string") { if (code === 7) this.mode = ""; else if (code === 27) this.mode = "escape"; continue; }
                if (this.mode === "sequence") {
                  if (code >= 0x40 && code <= 0x7e) { if (c === "K") this.erase(); this.mode = ""; } else this.digits += c;
                  continue;
                }
                if (this.mode === "escape") {
                  if (c === "[") { this.mode = "sequence"; this.digits = ""; }
                  else if ("]PX^_".includes(c)) this.mode = "string";
                  else if (code < 0x20 || code > 0x2f) this.mode = "";
                  continue;
                }
                if (code === 27) this.mode = "escape";
                else if (code === 13) this.cursor = 0;
                else if (code === 8) this.cursor = Math.max(0, this.cursor - 1);
                else if (code === 9 || code > 0x9f || code >= 0x20 && code < 0x7f) {
                  if (this.cursor < 65536) this.cells[this.cursor++] = c;
                }
              }
            }
            erase() {
              if (this.digits === "2") this.cells = Array(this.cursor).fill(" ");
              else if (this.digits === "1") this.cells.fill(" ", 0, this.cursor + 1);
              else this.cells.length = Math.min(this.cells.length, this.cursor);
            }
            get text() { return this.cells.join(""); }
          }

          const pane = document.getElementById("lines");
          const live = document.getElementById("live");
          const open = new Map();
          const decoders = new Map();
          let shown = 0;
          for (const element of pane.querySelectorAll(".open")) {
            open.set(element.dataset.stream, { element, line: new Line(element.textContent, Number(element.dataset.cursor)) });
          }
          const firstOpen = () => pane.querySelector(".open");
          const append = (stream, text) => {
            const before = firstOpen();
            const last = before ? before.previousSibling : pane.lastChild;
            if (last && last.className === stream && last.textContent.length < 8192) {
              last.firstChild ? last.firstChild.appendData(text) : last.textContent = text;
            } else {
              const block = document.createElement("span");
              block.className = stream;
              block.textContent = text;
              pane.insertBefore(block, before);
            }
            shown += text.length;
            while (shown > 2000000 && pane.firstChild !== pane.lastChild) {
              shown -= pane.firstChild.textContent.length;
              pane.firstChild.remove();
            }
          };
          const decoded = (record) => {
            if (record.text !== undefined) return record.text;
            if (!decoders.has(record.stream)) decoders.set(record.stream, new TextDecoder());
            const bytes = Uint8Array.from(atob(record.base64), (c) => c.charCodeAt(0));
            return decoders.get(record.stream).decode(bytes, { stream: record.partial });
          };
          const add = (record) => {
            const stream = ["stdout", "stderr"].includes(record.stream) ? record.stream : "system";
            let entry = open.get(stream);
            if (!entry) entry = { element: null, line: new Line() };
            entry.line.feed(decoded(record));
            if (!record.partial) {
              open.delete(stream);
              if (entry.element) entry.element.remove();
              append(stream, entry.line.text + "\n");
              return null;
            }
            open.set(stream, entry);
            return entry;
          };
          const records = (list) => {
            const stick = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40;
            for (const record of list) add(record);
            for (const [stream, entry] of open) {
              if (!entry.element) {
                entry.element = document.createElement("span");
                entry.element.className = stream + " open";
                pane.append(entry.element);
              }
              const text = entry.line.text;
              if (entry.element.textContent !== text) entry.element.textContent = text;
            }
            if (stick) pane.scrollTop = pane.scrollHeight;
          };

          // Another attempt's log begins: what the one before left unfinished stays as it is.
          const attempt = (number) => {
            if (number < 2) return;
            for (const [stream, entry] of open) {
              if (entry.element) entry.element.remove();
              open.delete(stream);
              append(stream, entry.line.text + "\n");
            }
            decoders.clear();
            append("system", "Attempt " + number + "\n");
          };

          let known = null;
          const moved = (job, isLast) => {
            const state = [job.state, job.outcome, job.reason, job.attempt].join();
            const isNews = isLast || (known === null ? job.state !== main.dataset.state : state !== known);
            known = state;
            if (isNews) refresh(location.pathname + "?log=no", ["summary", "results"]);
          };
          pane.scrollTop = pane.scrollHeight;
          const follow = (position) => {
            const source = new EventSource(main.dataset.stream + "?follow=true&from=" + position);
            const take = (event) => {
              position = event.lastEventId || position;
              return JSON.parse(event.data);
            };
            source.addEventListener("open", () => { live.hidden = false; });
            source.addEventListener("error", () => {
              live.hidden = true;
              // It comes back by itself after a lost connection, but never after a 503, as a server that ends answers.
              if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(position), 2000);
            });
            source.addEventListener("log", (event) => records(take(event)));
            source.addEventListener("attempt", (event) => attempt(take(event).number));
            source.addEventListener("job", (event) => moved(take(event), false));
            source.addEventListener("end", (event) => {
              source.close();
              live.hidden = true;
              moved(take(event), true);
            });
          };
          follow(main.dataset.position);
        })();

        """#
}
