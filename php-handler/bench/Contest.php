<?php

declare(strict_types=1);

namespace Envelog\Bench;

use Envelog\MessengerLogHandler;
use Envelog\Tests\App\TestApp;
use Envelog\Tests\Directory;
use Envelog\Tests\RedisServer;
use Monolog\Handler\RotatingFileHandler;

/**
 * Lets the contenders take turns, with two kinds of record, and prints the tables.
 */
final class Contest
{
    private const RECORDS = [
        'a login, 3 keys' => ['User logged in', ['user' => 'ada', 'ip' => '192.0.2.17', 'remember_me' => true]],
        'a request, 11 keys' => ['Matched route "order_show".', [
            'route' => 'order_show', 'route_parameters' => ['_route' => 'order_show', 'id' => '4711'],
            'request_uri' => 'https://shop.example.org/orders/4711?tab=items', 'method' => 'GET', 'status' => 200,
            'duration_ms' => 31.42, 'memory' => 6291456, 'user' => 'ada@example.org', 'ip' => '192.0.2.17',
            'request_id' => '01JD3W8QZJ8K2M5N7P9R1T3V5X', 'cached' => false,
        ]],
    ];

    private readonly RedisServer $redis;
    private readonly Directory $files;
    private readonly TestApp $dispatching;
    private readonly TestApp $buffered;

    public function __construct(private readonly int $rounds, private readonly int $records)
    {
        $this->redis = new RedisServer();
        $this->files = new Directory();
        $this->dispatching = $this->app('false');
        $this->buffered = $this->app('true');
    }

    public function print(): void
    {
        printf("PHP %s, opcache %s, %d rounds of %d records, 50 a request\n", \PHP_VERSION, \function_exists('opcache_get_status') && opcache_get_status(false) ? 'on' : 'off', $this->rounds, $this->records);
        foreach (self::RECORDS as $name => [$message, $context]) {
            $contenders = $this->contenders();
            foreach ($contenders as $contender) {
                $contender->round($message, $context, 500); // to warm up
                $contender->inRequest = $contender->after = [];
                $this->redis->client()->del('log-messages');
            }
            for ($i = 0; $i < $this->rounds; ++$i) {
                foreach ($contenders as $contender) {
                    $contender->round($message, $context, $this->records);
                    $this->check($contender);
                }
            }
            $this->table($name, $contenders);
        }
    }

    /** A contender that has not sent its records would look fast. */
    private function check(Contender $contender): void
    {
        $redis = $this->redis->client();
        $entries = $redis->xLen('log-messages');
        if ($contender->sends && $entries !== $this->records) {
            throw new \RuntimeException("$contender->name has sent $entries of $this->records records.");
        }
        $redis->del('log-messages');
    }

    /** @return list<Contender> */
    private function contenders(): array
    {
        $nothing = static function (): void {};

        return [
            new Contender('RotatingFileHandler', new RotatingFileHandler($this->files->path.'/app.log'), $nothing, false),
            new Contender('one dispatch a record', $this->dispatching->get('envelog.handler'), $nothing),
            new Contender('buffered', $this->buffered->get('envelog.handler'), $this->buffered->get('envelog.outbox')->flush(...)),
        ];
    }

    private function app(string $buffer): TestApp
    {
        return new TestApp(['LOG_TRANSPORT_DSN' => $this->redis->dsn()], ['config/packages/envelog.yaml' => "envelog: { buffer: $buffer, fallback: { timeout: 20 } }"]);
    }

    /**
     * @param list<Contender> $contenders
     */
    private function table(string $name, array $contenders): void
    {
        $total = static fn (Contender $c) => array_map(static fn (float $a, float $b) => $a + $b, $c->inRequest, $c->after);
        [$file, $dispatch, $buffered] = $contenders;
        printf("\n%s: µs a record, min / median / max\n", $name);
        foreach ($contenders as $contender) {
            printf("  %-24s in the request %s   after it %s\n", $contender->name, self::spread($contender->inRequest), self::spread($contender->after));
        }
        $base = self::median($file->inRequest);
        printf("  the request waits         RotatingFileHandler 1, dispatch %.2f, buffered %.2f\n", self::median($dispatch->inRequest) / $base, self::median($buffered->inRequest) / $base);
        printf("  the process works         RotatingFileHandler 1, dispatch %.2f, buffered %.2f\n", self::median($total($dispatch)) / $base, self::median($total($buffered)) / $base);
    }

    /**
     * @param list<float> $times
     */
    private static function spread(array $times): string
    {
        return sprintf('%6.1f / %6.1f / %6.1f', min($times), self::median($times), max($times));
    }

    /**
     * @param list<float> $times
     */
    private static function median(array $times): float
    {
        sort($times);

        return $times[intdiv(\count($times), 2)];
    }
}
