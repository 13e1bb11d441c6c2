package format

import "envelog/phpvalue"

// fault is what Monolog prints about a SoapFault beside what it prints about every exception
// (NormalizerFormatter::normalizeException, LineFormatter::formatException).
type fault struct {
	code, actor, detail phpvalue.Value // Null or not there if not set
}

// faultOf returns the fault that the exception v is; it is empty if v is another exception.
func faultOf(v phpvalue.Value) fault {
	for _, name := range [...]string{"faultstring", "faultcode", "faultcodens"} {
		if !v.Element(name).Exists() {
			return fault{} // others may have a property faultstring, too
		}
	}
	return fault{
		code:   v.Element("faultcode").Resolve(),
		actor:  v.Element("faultactor").Resolve(),
		detail: v.Element("detail").Resolve(),
	}
}

func (n *normalizer) faultText(dst []byte, f fault) []byte {
	if f.code.Kind() == phpvalue.String {
		dst = n.raw(append(dst, " faultcode: "...), f.code.Text())
	}
	if f.actor.Kind() == phpvalue.String {
		dst = n.raw(append(dst, " faultactor: "...), f.actor.Text())
	}
	if hasDetail(f) {
		dst = n.faultDetail(append(dst, " detail: "...), f)
	}
	return dst
}

func (n *normalizer) faultMembers(dst []byte, f fault) []byte {
	if f.code.Kind() == phpvalue.String {
		dst = n.text(append(dst, `,"faultcode":`...), f.code.Text())
	}
	if f.actor.Kind() == phpvalue.String {
		dst = n.text(append(dst, `,"faultactor":`...), f.actor.Text())
	}
	if hasDetail(f) {
		dst = append(dst, `,"detail":`...)
		start := len(dst)
		dst = n.closeText(n.faultDetail(append(dst, '"'), f), start)
	}
	return dst
}

func hasDetail(f fault) bool {
	switch f.detail.Kind() {
	case phpvalue.String, phpvalue.Array, phpvalue.Object:
		return true
	}
	return false
}

// faultDetail appends the detail as text: what is not one is json_encode()d, without Monolog's normalization.
func (n *normalizer) faultDetail(dst []byte, f fault) []byte {
	if f.detail.Kind() == phpvalue.String {
		return n.raw(dst, f.detail.Text())
	}
	n.path = n.path[:0]
	return n.plainJSON(dst, f.detail)
}
