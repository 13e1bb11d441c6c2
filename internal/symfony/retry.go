package symfony

import (
	"fmt"
	"math"
	"time"

	"envelog/internal/retry"
)

func (r *reading) addRetry(raw *value) {
	v, err := r.app.resolver.follow(raw)
	if err != nil {
		r.fail(SettingRetry, err)
		return
	}
	if _, isText := v.data.(string); isText { // the service alone, since Symfony 8.1
		r.retry["service"] = raw
		return
	}
	if v.kind == dict {
		v = v.underscored()
	}
	for i, key := range v.keys {
		if err := r.app.checkKey(key, "a retry strategy", retryKeys(), v.items[i].at); err != nil {
			r.fail(SettingRetry, err)
			continue
		}
		r.retry[key] = v.items[i]
	}
}

// retryStrategy reads the numbers with the ranges of Symfony's configuration.
func (r *reading) retryStrategy() {
	if service := r.retry["service"]; service != nil && !service.isNull() {
		r.fail(SettingRetry, needsPHP(service.at, "the retry strategy is a service, which only PHP can run"))
	}
	standard := retry.Default()
	if release := r.app.installed(); release > 0 && release < 701 {
		standard.Jitter = 0
	}
	r.to.Retry = retry.Strategy{
		MaxRetries: int(r.whole("max_retries", int64(standard.MaxRetries), math.MaxInt)),
		Delay:      r.milliseconds("delay", standard.Delay),
		Multiplier: r.number("multiplier", standard.Multiplier, 1, math.Inf(1)),
		MaxDelay:   r.milliseconds("max_delay", standard.MaxDelay),
		Jitter:     r.number("jitter", standard.Jitter, 0, 1),
	}
}

// milliseconds converts Symfony's unit. What is longer than a Duration holds, 292 years, is as long as that.
func (r *reading) milliseconds(key string, fallback time.Duration) time.Duration {
	const longest = math.MaxInt64 / int64(time.Millisecond)
	return time.Duration(min(r.whole(key, fallback.Milliseconds(), math.MaxInt64), longest)) * time.Millisecond
}

func (r *reading) whole(key string, fallback, highest int64) int64 {
	v := r.retryValue(key)
	if v == nil {
		return fallback
	}
	n, is := v.data.(int64)
	if !is || n < 0 || n > highest {
		r.fail(SettingRetry, outOfRange(v, key, "a whole number, 0 or more", "int"))
		return fallback
	}
	return n
}

func (r *reading) number(key string, fallback, lowest, highest float64) float64 {
	v := r.retryValue(key)
	if v == nil {
		return fallback
	}
	f, is := v.data.(float64)
	if n, whole := v.data.(int64); whole {
		f, is = float64(n), true
	}
	expected := fmt.Sprintf("a number, %g or more", lowest)
	if highest < math.Inf(1) {
		expected = fmt.Sprintf("a number from %g to %g", lowest, highest)
	}
	if !is || !(f >= lowest && f <= highest) {
		r.fail(SettingRetry, outOfRange(v, key, expected, "float"))
		return fallback
	}
	return f
}

// outOfRange says what was expected. The text of an environment variable has to be cast, as in Symfony.
func outOfRange(v *value, key, expected, processor string) error {
	err := invalid(v.at, "%s has to be %s", key, expected)
	if _, isText := v.data.(string); isText && len(v.from) > 0 {
		err.Cure = fmt.Sprintf("write %%env(%s:%s)%%", processor, v.from[0].Name)
	}
	return err
}

// retryValue resolves one option of the retry strategy; nil when it is not set, or failed.
func (r *reading) retryValue(key string) *value {
	raw := r.retry[key]
	if raw == nil {
		return nil
	}
	v, err := r.app.resolver.resolve(raw)
	if err != nil {
		r.fail(SettingRetry, err)
		return nil
	}
	r.to.Origins["retry_strategy."+key] = origin(v)
	return v
}
