<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\Tests\App\TestApp;
use Envelog\Tests\Directory;
use Envelog\Tests\FaultServer;
use Envelog\Tests\RedisServer;
use Envelog\Tests\Wait;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Symfony\Component\HttpKernel\Kernel;
use Symfony\Component\Messenger\Bridge\Redis\Transport\Connection;

/**
 * Real servers of every kind that a DSN can name.
 */
final class ServersTest extends TestCase
{
    private ?TestApp $app = null;

    protected function tearDown(): void
    {
        $this->app?->shutdown();
    }

    public function testTls(): void
    {
        [$redis, $directory] = $this->tls();
        $ssl = Kernel::VERSION_ID < 60100 ? '' : "&ssl[cafile]=$directory->path/ca.crt&ssl[verify_peer_name]=0";
        // Symfony 5.4 has no options for TLS: whom to trust is the system's to say.
        Kernel::VERSION_ID < 60100 && putenv("SSL_CERT_FILE=$directory->path/ca.crt");
        $this->send("rediss://localhost:$redis->tlsPort/log-messages?delete_after_ack=1$ssl");
        self::assertSame(['one', 'two'], array_column($redis->messages(), 'message'));
        self::assertSame([], $this->app->logs());
    }

    /** The child's end closes the connection of the parent, which opens another one: see the README's limits. */
    public function testForksOverTls(): void
    {
        [$redis, $directory] = $this->tls();
        putenv("SSL_CERT_FILE=$directory->path/ca.crt");
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => "rediss://localhost:$redis->tlsPort/log-messages?delete_after_ack=1"], ['config/packages/envelog.yaml' => 'envelog: { fallback: { timeout: 20, retry_after: 60 }, buffer: { seconds: 3600 } }']);
        $process = $this->app->run('life.php', 'forkConnected');
        $output = stream_get_contents($process->output);
        putenv('SSL_CERT_FILE');
        self::assertSame(0, $process->wait(), $output);
        $messages = array_filter(array_column($redis->messages(), 'message'), static fn (string $m) => !str_starts_with($m, 'Command '));
        self::assertCount(10, $messages);
        self::assertSame([], $this->app->logs());
    }

    public function testTlsWithACertificateOfAnother(): void
    {
        [$redis] = $this->tls();
        putenv('SSL_CERT_FILE=/dev/null');
        $this->send("rediss://localhost:$redis->tlsPort/log-messages?delete_after_ack=1");
        putenv('SSL_CERT_FILE');
        self::assertSame([], $redis->fields());
        self::assertStringContainsString('certificate verify failed', implode($this->app->logs()));
    }

    public function testAnAclUserWithNoMoreThanItNeeds(): void
    {
        $redis = new RedisServer();
        $client = $redis->client();
        $client->rawCommand('ACL', 'SETUSER', 'logs', 'on', '>s:e/cret@', '~log-messages', '+eval', '+xadd', '+select');
        $client->rawCommand('ACL', 'SETUSER', 'default', 'off');
        $this->send("redis://logs:s%3Ae%2Fcret%40@127.0.0.1:$redis->port/log-messages?delete_after_ack=1&dbindex=2");
        self::assertSame([], $this->app->logs());
        $client = new \Redis();
        $client->connect('127.0.0.1', $redis->port);
        $client->auth(['logs', 's:e/cret@']);
        $client->select(2);
        self::assertSame(2, $client->eval("return redis.call('XADD', KEYS[1], '9999999999999-0', 'a', 'b') and 2", ['log-messages'], 1));
        $this->expectExceptionMessage('NOPERM');
        $client->rawCommand('ACL', 'LIST');
    }

    public function testAnAclUserWithoutEval(): void
    {
        $redis = new RedisServer();
        $redis->client()->rawCommand('ACL', 'SETUSER', 'logs', 'on', '>secret', '~log-messages', '+xadd');
        $this->send("redis://logs:secret@127.0.0.1:$redis->port/log-messages?delete_after_ack=1");
        self::assertSame([], $redis->fields());
        self::assertSame(2, preg_match_all('/NOPERM .*eval/', $this->app->logs()['app-'.date('Y-m-d').'.log']));
    }

    public function testSentinels(): void
    {
        if (!\array_key_exists('sentinel_master', self::options())) {
            $this->expectNotToPerformAssertions(); // Symfony 5.4 and 6.4.0 know no sentinels

            return;
        }
        $master = new RedisServer();
        $sentinel = new RedisServer('--sentinel', '--sentinel', "monitor main 127.0.0.1 $master->port 1");
        $silent = new \Envelog\Tests\SilentServer();
        $dsn = "redis://127.0.0.1:$silent->port,redis://127.0.0.1:$sentinel->port/log-messages?delete_after_ack=1&sentinel_master=main";
        $this->send($dsn);
        self::assertSame(['one', 'two'], array_column($master->messages(), 'message'));
        self::assertSame([], $this->app->logs());
    }

    public function testACluster(): void
    {
        $nodes = self::cluster();
        $this->send(implode(',', array_map(static fn (RedisServer $node) => "redis://127.0.0.1:$node->port/log-messages", $nodes)).'?delete_after_ack=1&auto_setup=0');
        $cluster = new \RedisCluster(null, array_map(static fn (RedisServer $node) => "127.0.0.1:$node->port", $nodes), 5, 5);
        self::assertSame(2, $cluster->xLen('log-messages'));
        self::assertSame([], $this->app->logs());
    }

    /**
     * A batch that is sent again after its confirmation was lost: at once, as the connection was closed, or by a replay, as
     * it timed out. Redis from 8.6 on leaves out what it has; elsewhere it stands twice, as the README says.
     *
     * @dataProvider losses
     */
    #[DataProvider('losses')]
    public function testABatchThatIsSentAgain(string $mode, float $timeout): void
    {
        $redis = new RedisServer();
        $proxy = new FaultServer($mode, $redis->port);
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => "redis://127.0.0.1:$proxy->port/log-messages?delete_after_ack=1"], ['config/packages/envelog.yaml' => "envelog: { fallback: { timeout: $timeout, retry_after: 60 } }"]);
        $this->app->logger()->error('to connect');
        for ($i = 0; $i < 99; ++$i) {
            $this->app->logger()->info("record $i");
        }
        $this->app->logger()->error('record 99');
        if ($this->app->logs()) {
            self::assertStringContainsString('__messenger_id=', implode($this->app->logs()));
            [$code, $output] = $this->app->console('app:logs:replay');
            self::assertSame(0, $code, $output);
            self::assertStringContainsString('may have been sent before', $output);
            self::assertStringNotContainsString('__messenger_error=', implode($this->app->logs()));
        }
        $isIdempotent = version_compare($redis->client()->info('server')['redis_version'], '8.6', '>=');
        $count = array_count_values(array_column($redis->messages(), 'message'));
        $count = array_filter($count, static fn (string $message) => str_starts_with($message, 'record') || 'to connect' === $message, \ARRAY_FILTER_USE_KEY);
        self::assertCount(101, $count, 'none is lost');
        self::assertSame($isIdempotent ? 1 : 2, max($count));
        if ($isIdempotent) {
            self::assertSame(101, array_sum($count), 'none stands twice');
        }
    }

    public static function losses(): iterable
    {
        yield 'the connection is closed' => ['lose:1,1', 20.0];
        yield 'the confirmation times out' => ['mute:1,1', 1.0];
    }

    public function testWhatWasKeptIsSentWhenRedisIsBack(): void
    {
        $redis = new RedisServer();
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => $redis->dsn()], ['config/packages/envelog.yaml' => 'envelog: { fallback: { timeout: 20, retry_after: 60 } }']);
        $redis->client()->config('SET', 'maxmemory', '1');
        for ($i = 0; $i < 250; ++$i) {
            $this->app->logger()->info("record $i", ['n' => $i, 'text' => "é=\"$i\"", 'list' => [1, ['a' => null]], 'password' => 'x']);
        }
        $this->app->logger()->error('the last one');
        self::assertSame([], $redis->fields());
        self::assertSame(1, $this->app->console('app:logs:replay')[0], 'it is still full');
        $redis->client()->config('SET', 'maxmemory', '0');
        [$code, $output] = $this->app->console('app:logs:replay');
        self::assertSame(0, $code, $output);
        self::assertStringContainsString(' records were sent again', $output);
        $messages = array_values(array_filter($redis->messages(), static fn ($m) => 'app' === $m->channel));
        self::assertSame([...array_map(static fn (int $i) => "record $i", range(0, 249)), 'the last one'], array_column($messages, 'message'));
        self::assertSame(['n' => 7, 'text' => 'é="7"', 'list' => [1, ['a' => null]], 'password' => '***'], $messages[7]->context);
        [$code, $output] = $this->app->console('app:logs:replay');
        self::assertSame(0, $code, $output);
        self::assertStringContainsString('0 records were sent again', $output);
        self::assertStringNotContainsString('__messenger_error=', implode($this->app->logs()));
    }

    private function send(string $dsn): void
    {
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => $dsn], ['config/packages/envelog.yaml' => 'envelog: { fallback: { timeout: 20, retry_after: 60 } }']);
        $this->app->logger()->info('one');
        $this->app->logger()->error('two');
    }

    /** @return array{RedisServer, Directory} with a certificate for localhost of an authority in ca.crt */
    private function tls(): array
    {
        $directory = new Directory();
        $run = static function (string $command) use ($directory): void {
            exec("cd $directory->path && openssl $command 2>&1", $output, $code);
            self::assertSame(0, $code, implode("\n", $output));
        };
        $run('req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=test-authority');
        $run('req -newkey rsa:2048 -nodes -keyout redis.key -out redis.csr -subj /CN=localhost -addext subjectAltName=DNS:localhost');
        $run('x509 -req -in redis.csr -CA ca.crt -CAkey ca.key -CAcreateserial -copy_extensions copy -out redis.crt -days 2');
        $redis = new RedisServer('--tls-port', '%tls-port%', '--tls-cert-file', "$directory->path/redis.crt", '--tls-key-file', "$directory->path/redis.key", '--tls-ca-cert-file', "$directory->path/ca.crt", '--tls-auth-clients', 'no');

        return [$redis, $directory];
    }

    /** @return list<RedisServer> three nodes that share the slots */
    private static function cluster(): array
    {
        $nodes = [];
        for ($i = 0; $i < 3; ++$i) {
            $nodes[] = new RedisServer('--cluster-enabled', 'yes', '--cluster-node-timeout', '20000');
        }
        foreach ($nodes as $i => $node) {
            $slots = range($i * 5462, min(16383, $i * 5462 + 5461));
            $node->client()->rawCommand('CLUSTER', 'ADDSLOTS', ...array_map(strval(...), $slots));
            $nodes[0]->client()->rawCommand('CLUSTER', 'MEET', '127.0.0.1', (string) $node->port);
        }
        Wait::until(static fn () => [] === array_filter($nodes, static fn (RedisServer $node) => !str_contains($node->client()->rawCommand('CLUSTER', 'INFO'), 'cluster_state:ok') || !str_contains($node->client()->rawCommand('CLUSTER', 'INFO'), 'cluster_known_nodes:3')), 'the cluster is up', 60);

        return $nodes;
    }

    private static function options(): array
    {
        return (new \ReflectionClassConstant(Connection::class, 'DEFAULT_OPTIONS'))->getValue();
    }
}
