package format

import (
	"bytes"
	"strings"

	"envelog/phpvalue"
	"envelog/record"
)

// maxReplaced bounds the lines in which placeholders are looked for again: a record could make much work of it.
const maxReplaced = 64 << 10

// ownKeys names the elements that have a placeholder of their own.
type ownKeys struct{ context, extra []string }

// replaceInTurn makes the line from start on again as LineFormatter::format does, replacing one placeholder after the
// other, in values too. A line that is too long for it, or would become so, stays as it is.
func (f *lineFormatter) replaceInTurn(dst []byte, start int, r *record.Record) []byte {
	if len(dst)-start > maxReplaced {
		return dst
	}
	f.values.begin(nil)
	p := substitution{line: []byte(f.template.source), most: f.values.maxBytes}
	var own ownKeys
	own.extra = f.replaceKeys(&p, "%extra.", r.Extra)
	own.context = f.replaceKeys(&p, "%context.", r.Context)
	f.ignoreEmpty(&p, r, own)
	for _, part := range simpleTokens() {
		if !p.gone[part.token] {
			p.replace("%"+part.text+"%", func() []byte { return f.part(nil, part, r, own) })
		}
	}
	if p.failed {
		return dst
	}
	return append(dst[:start], withoutLeftovers(string(p.line))...)
}

// ignoreEmpty removes the placeholders of an empty context or extra before others are replaced.
func (f *lineFormatter) ignoreEmpty(p *substitution, r *record.Record, own ownKeys) {
	if !f.options.IgnoreEmpty {
		return
	}
	for _, part := range [...]templatePart{{tokenContext, "context"}, {tokenExtra, "extra"}} {
		if len(f.part(nil, part, r, own)) == 0 {
			p.replace("%"+part.text+"%", func() []byte { return nil })
			p.gone[part.token] = true
		}
	}
}

// replaceKeys replaces the placeholders of the elements of v, and returns the keys of those that had one.
func (f *lineFormatter) replaceKeys(p *substitution, prefix string, v phpvalue.Value) (own []string) {
	v = v.Resolve()
	count := 0
	for it := v.Children(); it.Next() && count < maxItems; count++ {
		key := keyText(it.Value())
		value := func() []byte {
			return f.breaks(f.values.stringify(nil, it.Value().Resolve()), 0)
		}
		if p.replace(prefix+key+"%", value) {
			own = append(own, key)
		}
	}
	return own
}

// substitution is a line in which placeholders are being replaced.
type substitution struct {
	line   []byte
	most   int                     // bytes that the line may become
	failed bool                    // it would have become more
	gone   [tokenExtraKey + 1]bool // those whose placeholders are not replaced
}

// replace puts value instead of each occurrence of placeholder, and reports whether there was one.
func (p *substitution) replace(placeholder string, value func() []byte) bool {
	count := bytes.Count(p.line, []byte(placeholder))
	if count == 0 || p.failed {
		return false
	}
	text := value()
	if p.failed = len(text) > p.most/count || len(p.line)+count*len(text) > p.most; !p.failed {
		p.line = bytes.ReplaceAll(p.line, []byte(placeholder), text)
	}
	return !p.failed
}

// withoutLeftovers returns line without each %context.key% and %extra.key% that nothing has replaced.
func withoutLeftovers(line string) []byte {
	kept := make([]byte, 0, len(line))
	for line != "" {
		size := leftoverSize(line)
		if size == 0 {
			kept = append(kept, line[0])
			size = 1
		}
		line = line[size:]
	}
	return kept
}

func leftoverSize(line string) int {
	for _, prefix := range [...]string{"%context.", "%extra."} {
		if key, size := keyAt(line, prefix); size > 0 && strings.IndexByte(key, '\n') < 0 {
			return size
		}
	}
	return 0
}
