package format

import "envelog/phpvalue"

const (
	violationsProperty = "\x00Symfony\\Component\\Validator\\ConstraintViolationList\x00violations"
	violationPrivate   = "\x00Symfony\\Component\\Validator\\ConstraintViolation\x00"
	violationClass     = `Symfony\Component\Validator\ConstraintViolation`
)

// violationList appends what ConstraintViolationList::__toString() returns.
func violationList(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
	violations := v.Element(violationsProperty).Resolve()
	if violations.Kind() != phpvalue.Array {
		return dst, false
	}
	for it := violations.Children(); it.Next() && n.step(dst); {
		var ok bool
		if dst, ok = violation(n, dst, it.Value().Resolve()); !ok {
			return dst, false
		}
		dst = append(dst, '\n')
	}
	return dst, true
}

// violation appends what ConstraintViolation::__toString() returns.
func violation(n *normalizer, dst []byte, v phpvalue.Value) ([]byte, bool) {
	message := v.Element(violationPrivate + "message").Resolve()
	if v.Kind() != phpvalue.Object || string(v.Text()) != violationClass || message.Kind() != phpvalue.String {
		return dst, false
	}
	start := len(dst)
	dst, ok := n.violationRoot(dst, v.Element(violationPrivate+"root").Resolve())
	path := v.Element(violationPrivate + "propertyPath").Resolve()
	if path.Kind() == phpvalue.String && len(path.Text()) > 0 {
		if path.Text()[0] != '[' && len(dst) > start {
			dst = append(dst, '.')
		}
		dst = n.raw(dst, path.Text())
	}
	dst = n.raw(append(dst, ":\n    "...), message.Text())
	if code := v.Element(violationPrivate + "code").Resolve(); code.Kind() == phpvalue.String && len(code.Text()) > 0 {
		dst = append(n.raw(append(dst, " (code "...), code.Text()), ')')
	}
	return dst, ok
}

// violationRoot appends what was validated: a class, the word Array, or a scalar cast to a string.
func (n *normalizer) violationRoot(dst []byte, root phpvalue.Value) ([]byte, bool) {
	switch root.Kind() {
	case phpvalue.Object, phpvalue.Custom, phpvalue.Enum:
		return append(n.raw(append(dst, "Object("...), className(root)), ')'), true
	case phpvalue.Array:
		return append(dst, "Array"...), true
	case phpvalue.Bool:
		if root.Bool() {
			dst = append(dst, '1')
		}
		return dst, true
	case phpvalue.Float:
		return appendCastFloat(dst, root.Float()), true
	case phpvalue.Null, phpvalue.Int, phpvalue.String:
		return n.appendCast(dst, root), true
	}
	return dst, false
}
