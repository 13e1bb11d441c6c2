// Package web serves the address of the setting listen: /metrics, /livez and /readyz, and a page with queue, consumers,
// files, failed messages, and lines as they are written.
//
// # Rules
//
//   - /livez and /readyz are open to everyone who reaches the address, so that an orchestrator can ask. They hold no
//     secret and no record.
//   - Whatever shows a record needs a token: that of [Options].Token, else [Options].PageToken. A loopback address is no
//     exception: every user of the machine reaches it, and not every one may read the log files.
//   - Metrics hold no record. They need Options.Token when there is one. Without one, only a loopback address is listened
//     on, unless nothing but metrics is served; and requests for them must name that address, so that no web page can reach
//     it by a name of its own (DNS rebinding).
//   - No route changes anything, unless it was asked for ([Options].Write) and there is a token. Then failed messages can
//     be retried and removed, by a request of this page itself or of a program: one that a browser sends for another site
//     (Sec-Fetch-Site, Origin) is refused, whatever credentials it carries.
//   - Content of logs and queues is hostile. It reaches the page only as text (html/template, textContent), and the
//     Content-Security-Policy allows no script but this server's own.
//   - The worker never waits for a client: one that is slow, or never ends, only costs memory of this server, for a
//     bounded time, and of connections there are only so many, the newest ones.
package web
