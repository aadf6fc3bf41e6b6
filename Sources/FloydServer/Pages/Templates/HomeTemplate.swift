enum HomeTemplate {
    static let body = """
        <main data-refresh="queue recent">
        {{#refusal}}<p class="notice bad">Jobs can't run on this machine: {{.}}</p>{{/refusal}}
        <section id="queue">
        <div class="heading"><h1>Queue</h1><p class="muted">{{machine}}</p></div>
        {{#queued}}<ul class="rows">{{#entries}}<li>
        {{#visible}}<div class="line"><a class="name" href="/jobs/{{id}}">{{short}}</a>\
        <span class="badge {{kind}}">{{word}}</span><span class="owner">{{owner}}</span>\
        <span class="when">{{#elapsed}}<span data-elapsed="{{.}}">{{duration}}</span>{{/elapsed}}</span></div>
        <div class="line small"><code class="command">{{command}}</code><span class="meta">{{meta}}</span></div>
        {{#reason}}<p class="reason">{{.}}</p>{{/reason}}{{/visible}}\
        {{^visible}}<div class="line"><span class="name hidden">private job</span><span class="badge {{kind}}">{{word}}</span>\
        <span class="owner">{{owner}}</span><span class="when">{{meta}}</span></div>{{/visible}}
        </li>{{/entries}}</ul>{{/queued}}
        {{^queued}}<div class="empty"><p>Nothing runs or waits.</p>
        <pre class="hint">floydlite run --env keras "python main.py"</pre></div>{{/queued}}
        </section>
        <section id="recent">
        <div class="heading"><h1>Your recent jobs</h1></div>
        {{#ran}}<ul class="rows">{{#recent}}<li>
        <div class="line"><a class="name" href="/jobs/{{id}}">{{short}}</a>\
        <span class="badge {{kind}}">{{word}}</span>{{#message}}<span class="note">{{.}}</span>{{/message}}\
        <span class="when"><time datetime="{{created}}">{{created_text}}</time></span></div>
        <div class="line small"><code class="command">{{command}}</code>\
        <span class="meta">{{#took}}{{.}} · {{/took}}{{meta}}</span></div>
        </li>{{/recent}}</ul>{{/ran}}
        {{^ran}}<div class="empty"><p>You have run nothing yet. In the folder of your code:</p>
        <pre class="hint">floydlite init my-project
        floydlite run --env keras "python main.py"</pre></div>{{/ran}}
        </section>
        </main>
        """
}
