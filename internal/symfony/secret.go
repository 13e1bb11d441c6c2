package symfony

// Secret returns the parameter kernel.secret, with which messages are signed: framework.secret, or APP_SECRET where no file
// sets it; "" for none. An error says that only PHP knows it.
func (a *Application) Secret() (string, Origin, error) {
	for i := len(a.loader.extensions["framework"]) - 1; i >= 0; i-- {
		framework, err := a.resolver.follow(a.loader.extensions["framework"][i])
		if err != nil {
			return "", Origin{}, err
		}
		raw := framework.item("secret")
		if raw == nil {
			continue
		}
		v, err := a.resolver.resolve(raw)
		if err != nil {
			return "", Origin{}, withCure(err, a.advise("secret"))
		}
		if !v.isNull() && v.kind == scalar {
			return phpString(v.data), origin(v), nil
		}
	}
	v, found := a.environment.Lookup("APP_SECRET")
	if !found || v.Err != nil {
		return "", Origin{}, nil //nolint:nilerr // a value that only PHP knows is none here
	}
	return v.Value, Origin{Variables: []string{"APP_SECRET from " + v.Source()}}, nil
}
