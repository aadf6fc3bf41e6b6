enum JobTemplate {
    static let body = """
        <main data-job="{{id}}" data-state="{{state}}" data-attempt="{{attempt}}"\
        {{#is_live}} data-stream="/api/v1/jobs/{{id}}/log/stream" data-position="{{position}}"{{/is_live}}>
        <section id="summary">
        <nav class="crumbs"><a href="/">Queue</a><span>{{owner}}</span></nav>
        <div class="heading job"><h1>{{short}}</h1><span class="badge {{kind}}">{{word}}</span>\
        {{#elapsed}}<span class="when" data-elapsed="{{.}}">{{duration}}</span>{{/elapsed}}\
        {{#took}}<span class="when">{{.}}</span>{{/took}}\
        {{#can_stop}}<form method="post" action="/jobs/{{id}}/stop"><button class="stop">Stop</button></form>{{/can_stop}}\
        {{#can_kill}}<form method="post" action="/jobs/{{id}}/stop"><button class="stop" name="grace" value="0"\
         title="Without time to end by itself">Stop now</button></form>{{/can_kill}}</div>
        {{#message}}<p class="message">{{.}}</p>{{/message}}
        {{#reason}}<p class="notice {{kind}}">{{.}}</p>{{/reason}}
        <pre class="hint">{{command}}</pre>
        <dl class="facts">
        <div><dt>Environment</dt><dd>{{environment}}</dd></div>
        <div><dt>Instance</dt><dd>{{instance_type}}{{#gpus}} · GPU {{.}}{{/gpus}}</dd></div>
        <div><dt>Submitted</dt><dd><time datetime="{{created}}">{{created_text}}</time></dd></div>
        {{#started}}<div><dt>Started</dt><dd><time datetime="{{.}}">{{started_text}}</time></dd></div>{{/started}}
        {{#finished}}<div><dt>Finished</dt><dd><time datetime="{{.}}">{{finished_text}}</time></dd></div>{{/finished}}
        {{#exit}}<div><dt>Ended with</dt><dd>{{.}}</dd></div>{{/exit}}
        {{#limit}}<div><dt>Time limit</dt><dd>{{.}}</dd></div>{{/limit}}
        {{#limits}}<div><dt>Limits</dt><dd>{{.}}</dd></div>{{/limits}}
        {{#enforcement}}<div><dt>Held to them by</dt><dd>{{.}}</dd></div>{{/enforcement}}
        {{#retries}}<div><dt>Retries</dt><dd>{{.}}</dd></div>{{/retries}}
        <div><dt>Isolation</dt><dd>{{isolation}}</dd></div>
        {{#visibility}}<div><dt>Visibility</dt><dd>{{.}}</dd></div>{{/visibility}}
        <div><dt>Code</dt><dd><a href="/api/v1/jobs/{{id}}/code/archive.tar" download>tar</a> · \
        <a href="/api/v1/jobs/{{id}}/code/archive.zip" download>zip</a></dd></div>
        <div><dt>Id</dt><dd><code>{{id}}</code></dd></div>
        </dl>
        {{#has_attempts}}<table class="files"><caption>Attempts</caption>{{#attempts}}<tr><td>{{number}} \
        <span class="badge {{attempt_kind}}">{{attempt_word}}</span>{{#attempt_exit}} {{.}}{{/attempt_exit}}\
        {{#attempt_reason}} <span class="muted">{{.}}</span>{{/attempt_reason}}</td>\
        <td class="right"><time datetime="{{attempt_began}}">{{attempt_began_text}}</time>\
        {{#attempt_took}} · {{.}}{{/attempt_took}} · <a href="{{attempt_log}}" download>log</a></td></tr>{{/attempts}}</table>{{/has_attempts}}
        {{#has_data}}<table class="files"><caption>Data</caption>{{#mounts}}<tr><td><code>{{path}}</code></td>\
        <td class="right">{{source}}</td></tr>{{/mounts}}</table>{{/has_data}}
        </section>
        <section id="results">
        <div class="heading"><h2>Results</h2>{{#summary}}<p class="muted">{{.}}</p>{{/summary}}\
        {{#has_files}}<span class="whole">All as <a href="/api/v1/jobs/{{id}}/output.tar" download>tar</a> · \
        <a href="/api/v1/jobs/{{id}}/output.zip" download>zip</a></span>{{/has_files}}</div>
        {{#has_files}}<table class="files">{{#files}}<tr><td>\
        {{#href}}<a href="{{.}}" download>{{path}}</a>{{/href}}{{^href}}<span class="muted">{{path}}</span>{{/href}}</td>\
        <td class="right">{{size}}</td></tr>{{/files}}</table>{{/has_files}}
        {{#more}}<p class="muted">{{.}}</p>{{/more}}
        {{^has_files}}<div class="empty"><p>{{nothing}}</p></div>{{/has_files}}
        </section>
        <section id="log">
        <div class="heading"><h2>Log</h2><span id="live" hidden>live</span>\
        {{#has_log}}<a class="whole" href="/api/v1/jobs/{{id}}/log" download>Download</a>{{/has_log}}</div>
        {{#is_cut}}<p class="muted">Only the end is shown here.</p>{{/is_cut}}
        <pre id="lines">{{#blocks}}<span class="{{stream}}">{{text}}</span>{{/blocks}}\
        {{#open}}<span class="{{stream}} open" data-stream="{{stream}}" data-cursor="{{cursor}}">{{text}}</span>{{/open}}</pre>
        {{^has_log}}<p class="muted nothing">No output yet. On the command line: <code>floydlite logs -t {{short}}</code></p>{{/has_log}}
        </section>
        </main>
        """
}
