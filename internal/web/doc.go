// Package web serves what an operator looks at, on --listen: /metrics, /livez and /readyz, and a page with queue,
// consumers, files, failed messages and lines as they are written.
//
// # Rules
//
//   - /livez and /readyz are open to everyone who reaches the address, so that an orchestrator can ask. They hold no
//     secret and no record.
//   - Everything else needs the token, when there is one. Without one, only a loopback address is listened on, unless
//     nothing but metrics is served; and requests must name that address, so that no web page can reach it by a name of
//     its own (DNS rebinding).
//   - No route changes anything, unless it was asked for ([Options].Write) and there is a token. Then failed messages can
//     be retried and removed, by a request of this page itself or of a program: one that a browser sends for another site
//     (Sec-Fetch-Site, Origin) is refused, whatever credentials it carries.
//   - What comes from a log or a queue is hostile. It reaches the page as text alone (html/template, textContent), and the
//     Content-Security-Policy lets nothing run but this server's own script.
//   - A client that is slow, or never ends, costs memory of this server alone: the worker never waits for one.
package web
