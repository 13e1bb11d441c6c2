package dotenv

// Resolve is Load for one .env without a real environment and without a file system. A variable without a known value
// makes the whole an error.
func Resolve(data []byte, eager bool) (map[string]string, error) {
	l := newLoader(Options{Eager: eager})
	if err := l.addData(".env", data); err != nil {
		return nil, err
	}
	if err := l.resolveDeferred(); err != nil {
		return nil, err
	}
	vars := map[string]string{}
	for name, v := range l.vars {
		if v.Err != nil {
			return nil, v.Err
		}
		vars[name] = v.Value
	}
	return vars, nil
}

// ParsePHP reads the content of a .env.local.php.
func ParsePHP(data []byte) ([]Variable, error) { return parsePHP(".env.local.php", data) }
