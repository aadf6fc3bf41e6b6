/// `/assets/style.css`.
enum StyleSheet {
    static let text = """
        :root {
          --ground: #f6f7f8; --card: #fff; --ink: #1c2430; --soft: #647182; --line: #e3e7eb;
          --link: #1d5fa8; --good: #1f7f5c; --bad: #b3372f; --busy: #1d5fa8; --wait: #8a6410;
          --panel: #171c24; --panel-ink: #dfe5ec; --panel-soft: #8d9aaa; --panel-err: #f0b7a4;
          --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #12161c; --card: #1a2029; --ink: #e3e8ee; --soft: #94a1b0; --line: #2a323d;
            --link: #7db6f2; --good: #5cc79a; --bad: #f08a80; --busy: #7db6f2; --wait: #dbb35c;
            --panel: #0c0f14;
          }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 var(--sans);
          -webkit-text-size-adjust: 100%; }
        a { color: var(--link); text-decoration: none; }
        a:hover { text-decoration: underline; }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        h1, h2 { font-size: 1.25rem; font-weight: 600; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
        h2 { font-size: 1.05rem; }
        code, pre { font-family: var(--mono); font-size: .875em; }
        .muted, .owner, .note, .meta, .when, .crumbs, footer { color: var(--soft); }
        .bar { display: flex; align-items: center; justify-content: space-between; gap: 1rem;
          padding: .75rem max(1rem, calc((100vw - 62rem) / 2)); background: var(--card); border-bottom: 1px solid var(--line); }
        .brand { display: flex; align-items: center; gap: .55rem; font-weight: 650; color: var(--ink); }
        .brand:hover { text-decoration: none; }
        .account { display: flex; align-items: center; gap: .75rem; }
        .user { font-weight: 500; }
        main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 2rem; }
        main.narrow { max-width: 28rem; padding-top: 12vh; }
        main.narrow + footer { text-align: center; }
        section { margin-bottom: 2.25rem; }
        footer { max-width: 64rem; margin: 0 auto; padding: 0 1rem 2rem; font-size: .8125rem; }
        .heading { display: flex; align-items: baseline; flex-wrap: wrap; gap: .25rem .9rem; margin-bottom: .75rem; }
        .heading p { margin: 0; font-size: .875rem; }
        .heading.job { align-items: center; }
        .heading.job h1 { font-size: 1.5rem; }
        .heading.job form { margin-left: auto; }
        .crumbs { font-size: .875rem; margin-bottom: .35rem; }
        .crumbs > * + *::before { content: "/"; margin: 0 .5rem; color: var(--line); }
        .card, .rows, .empty, .facts, .files { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
        .card { padding: 1.5rem; margin: 0; }
        .card h1 { margin-bottom: 1rem; }
        .card h1::first-letter { text-transform: uppercase; }
        .rows { list-style: none; margin: 0; padding: 0; }
        .rows li { padding: .7rem 1rem; }
        .rows li + li { border-top: 1px solid var(--line); }
        .line { display: flex; align-items: baseline; gap: .7rem; min-width: 0; }
        .line.small { font-size: .875rem; margin-top: .1rem; justify-content: space-between; }
        .name { font-weight: 550; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; }
        .name.hidden { color: var(--soft); font-weight: 400; font-style: italic; }
        .owner, .note { font-size: .875rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; flex: 0 1 auto; }
        .when { margin-left: auto; font-size: .875rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .heading.job .when { margin-left: 0; }
        .command { color: var(--soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; }
        .meta { white-space: nowrap; }
        .reason { margin: .2rem 0 0; font-size: .875rem; color: var(--wait); }
        .badge { flex: none; display: inline-flex; align-items: center; gap: .4rem; padding: .05rem .6rem; border-radius: 1rem;
          font-size: .8125rem; font-weight: 500; color: var(--tone); background: color-mix(in srgb, var(--tone) 12%, transparent);
          --tone: var(--soft); }
        .badge::before { content: ""; width: .45rem; height: .45rem; border-radius: 50%; background: currentColor; }
        .badge.good, .notice.good { --tone: var(--good); }
        .badge.bad, .notice.bad { --tone: var(--bad); }
        .badge.busy, .notice.busy { --tone: var(--busy); }
        .badge.wait, .notice.wait { --tone: var(--wait); }
        .notice { --tone: var(--soft); margin: 0 0 1rem; padding: .55rem .9rem; border-radius: .5rem; overflow-wrap: anywhere;
          color: var(--tone); background: color-mix(in srgb, var(--tone) 10%, transparent); }
        .message { margin: 0 0 .75rem; overflow-wrap: anywhere; }
        .empty { padding: 1.1rem 1.25rem; color: var(--soft); }
        .empty p { margin: 0; }
        .hint { margin: 0 0 1rem; padding: .65rem .9rem; border-radius: .5rem; background: var(--card); border: 1px solid var(--line);
          white-space: pre-wrap; overflow-wrap: anywhere; max-height: 16rem; overflow: auto; }
        .empty .hint { margin: .7rem 0 0; background: var(--ground); color: var(--ink); }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .9rem 1.25rem; margin: 0 0 1rem;
          padding: 1rem 1.1rem; }
        .facts div { min-width: 0; }
        dt { font-size: .8125rem; color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        .files { width: 100%; border-collapse: separate; border-spacing: 0; font-size: .9375rem; }
        .files caption { text-align: left; font-size: .8125rem; color: var(--soft); padding-bottom: .3rem; }
        .files td { padding: .45rem 1rem; overflow-wrap: anywhere; }
        .files tr + tr td { border-top: 1px solid var(--line); }
        .right { text-align: right; color: var(--soft); font-variant-numeric: tabular-nums; }
        .heading .whole { margin-left: auto; font-size: .875rem; }
        #lines { margin: 0; padding: .9rem 1rem; border-radius: .6rem; background: var(--panel); color: var(--panel-ink);
          font-size: .8125rem; line-height: 1.55; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 75vh; overflow-y: auto;
          tab-size: 8; }
        #lines:empty { display: none; }
        #lines:not(:empty) ~ .nothing { display: none; }
        #lines .stderr { color: var(--panel-err); }
        #lines .system { color: var(--panel-soft); }
        #lines .open { display: block; }
        #live { color: var(--good); font-size: .8125rem; font-weight: 500; }
        #live::before { content: ""; display: inline-block; width: .5rem; height: .5rem; margin-right: .4rem; border-radius: 50%;
          background: currentColor; animation: pulse 2s ease-in-out infinite; }
        @keyframes pulse { 50% { opacity: .3; } }
        @media (prefers-reduced-motion: reduce) { #live::before { animation: none; } }
        button { font: inherit; font-weight: 500; padding: .4rem .95rem; border-radius: .45rem; border: 1px solid var(--line);
          background: var(--card); color: var(--ink); cursor: pointer; }
        button:hover { border-color: var(--soft); }
        button.quiet { padding: .2rem .65rem; font-size: .875rem; color: var(--soft); background: none; }
        button.stop { color: var(--bad); }
        button.primary { width: 100%; background: #1d5fa8; border-color: #1d5fa8; color: #fff; padding: .55rem; }
        .login label { display: block; font-size: .875rem; color: var(--soft); margin-bottom: .25rem; }
        .login input { font: inherit; width: 100%; padding: .5rem .7rem; margin-bottom: .9rem; border-radius: .45rem;
          border: 1px solid var(--line); background: var(--ground); color: var(--ink); }
        .login p.muted { margin: 1rem 0 0; font-size: .875rem; }
        @media (max-width: 36rem) {
          main { padding-top: 1rem; }
          .rows li { padding: .7rem .8rem; }
          .line { flex-wrap: wrap; gap: .1rem .6rem; }
          .line.small { display: block; }
          .line.small > * { display: block; }
          .line .note { flex: 0 1 100%; order: 1; }
          .facts { grid-template-columns: 1fr 1fr; }
          .heading.job h1 { font-size: 1.25rem; flex-basis: 100%; }
          #lines { margin: 0 -1rem; border-radius: 0; font-size: .75rem; }
        }

        """
}
