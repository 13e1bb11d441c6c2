package format

import (
	"bytes"

	"envelog/phpvalue"
)

// selfSerialized returns what the exception v tells about itself, if its class serializes itself in the way of
// AuthenticationException of symfony/security-core, [token, code, message, file, line], or adds to that of its parent
// class, such as [user, [token, code, ...]]. What is not among these five, the previous exception and the trace, such an
// exception has lost when it is unserialized.
func selfSerialized(v phpvalue.Value) throwable {
	own := bytes.HasSuffix(v.Text(), []byte("Exception"))
	for range 4 {
		if t := securityException(v, own); t.is {
			return t
		}
		if v = parentData(v); !v.Exists() {
			break
		}
	}
	return throwable{}
}

// securityException reads the five elements. An object that is not called Exception must name a file of PHP: there are
// other classes with five elements.
func securityException(v phpvalue.Value, isCalledSo bool) throwable {
	if v.Len() != 5 {
		return throwable{}
	}
	t := throwable{code: part(v, 1), message: part(v, 2), file: part(v, 3), line: part(v, 4)}
	token := part(v, 0).Kind()
	t.is = (token == phpvalue.Null || token == phpvalue.Object) && t.code.Kind() == phpvalue.Int && t.message.Kind() == phpvalue.String &&
		t.file.Kind() == phpvalue.String && t.line.Kind() == phpvalue.Int && (isCalledSo || bytes.Contains(t.file.Text(), []byte(".php")))
	if !t.is {
		return throwable{}
	}
	return t
}

// parentData returns the element of v that may be what the parent class serialized: the first that is a list.
func parentData(v phpvalue.Value) phpvalue.Value {
	for it := v.Children(); it.Next(); {
		if data := it.Value().Resolve(); data.IsList() && data.Len() > 1 {
			return data
		}
	}
	return phpvalue.Value{}
}
