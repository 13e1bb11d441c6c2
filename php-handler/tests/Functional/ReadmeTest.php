<?php

declare(strict_types=1);

namespace Envelog\Tests\Functional;

use Envelog\LogMessage;
use Envelog\Tests\App\Readme;
use Envelog\Tests\App\TestApp;
use Envelog\Tests\RedisServer;
use PHPUnit\Framework\TestCase;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\Yaml\Yaml;

/**
 * What the README tells to write, written, with a real kernel and a real Redis.
 */
final class ReadmeTest extends TestCase
{
    /** A busy machine may take longer than the 0.3 seconds of the README. */
    private const PATIENCE = ['config/packages/patience.yaml' => 'envelog: { fallback: { timeout: 20 } }'];

    private static RedisServer $redis;
    private TestApp $app;

    public static function setUpBeforeClass(): void
    {
        self::$redis = new RedisServer();
    }

    public static function tearDownAfterClass(): void
    {
        self::$redis->stop();
    }

    protected function setUp(): void
    {
        self::$redis->client()->flushAll();
        // The host "redis" of .env is one of a compose file. The real environment wins over .env.
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => self::$redis->dsn()], self::PATIENCE);
    }

    protected function tearDown(): void
    {
        $this->app->shutdown();
    }

    public function testShowsTheFiles(): void
    {
        $files = array_keys(Readme::files());
        foreach (['config/bundles.php', 'config/packages/monolog.yaml', 'config/packages/messenger.yaml', '.env', 'config/services.yaml', 'config/packages/envelog.yaml'] as $file) {
            self::assertContains($file, $files);
        }
    }

    public function testRecordsOfARequestLeaveAfterTheResponse(): void
    {
        $request = Request::create('/', 'GET', ['messages' => ['one', 'two']]);
        $response = $this->app->kernel()->handle($request);
        self::assertSame('logged', $response->getContent());
        self::assertSame([], self::$redis->fields());
        $this->app->kernel()->terminate($request, $response);
        $messages = self::$redis->messages();
        self::assertSame(['Matched route "page".', 'The query says "one"', 'The query says "two"'], array_column($messages, 'message'));
        self::assertSame([], $this->app->logs());
    }

    /** Two requests in one kernel, as in the worker modes of FrankenPHP, RoadRunner and Swoole. */
    public function testEachRecordTellsWhereItComesFrom(): void
    {
        foreach (['one', 'two'] as $text) {
            $request = Request::create('/', 'GET', ['messages' => [$text, $text]]);
            $response = $this->app->kernel()->handle($request);
            $this->app->kernel()->terminate($request, $response);
        }
        $messages = array_values(array_filter(self::$redis->messages(), static fn (LogMessage $m) => str_starts_with($m->message, 'The query')));
        self::assertCount(4, $messages);
        foreach ($messages as $message) {
            self::assertSame(gethostname(), $message->extra['hostname']);
            self::assertSame(['application' => 'shop', 'environment' => 'test'], $message->extra['tags']);
        }
        $uids = array_map(static fn (LogMessage $m) => $m->extra['uid'], $messages);
        self::assertSame([$uids[0], $uids[2]], [$uids[1], $uids[3]]);
        self::assertNotSame($uids[0], $uids[2], 'each request has its own');
    }

    /** What a kernel that is used again has not sent at the end of a request leaves before the next one. */
    public function testWhatWaitsLeavesWhenTheKernelIsReset(): void
    {
        $this->app->kernel()->handle(Request::create('/', 'GET', ['messages' => ['one']]));
        self::assertSame([], self::$redis->fields());
        $this->app->get('services_resetter')->reset();
        self::assertContains('The query says "one"', array_column(self::$redis->messages(), 'message'));
    }

    public function testTheMessengerChannelStaysHere(): void
    {
        $this->app->logger('messenger')->info('Received message');
        $this->app->get('envelog.outbox')->flush();
        self::assertSame([], self::$redis->fields());
        self::assertSame(['messenger-'.date('Y-m-d').'.log'], array_keys($this->app->logs()));
    }

    public function testTheCommandSaysWhereItWent(): void
    {
        [$code, $output] = $this->app->console('app:test-logging', '--count=10');
        self::assertSame(0, $code, $output);
        self::assertStringContainsString('10 of 10 records were sent to the transport "async_logging".', $output);
        self::assertGreaterThanOrEqual(10, \count(self::$redis->fields()));
    }

    public function testSwitchedOffAtRunTime(): void
    {
        self::assertSame(0, $this->app->console('app:test-logging')[0], 'and now the container is built');
        self::$redis->client()->flushAll();
        file_put_contents($this->app->directory.'/.env.local', 'ASYNC_LOGGING_ENABLED=0');
        [$code, $output] = $this->app->console('app:test-logging', '--count=3');
        self::assertSame(0, $code, $output);
        self::assertStringContainsString('3 of 3 records were kept in the local file', $output);
        self::assertSame([], self::$redis->fields());
        self::assertSame(3, substr_count($this->app->logs()['app-'.date('Y-m-d').'.log'], 'Test record'));
    }

    public function testWithoutMonologBundle(): void
    {
        $services = Readme::section('Without MonologBundle');
        $this->app = new TestApp(['LOG_TRANSPORT_DSN' => self::$redis->dsn()], ['config/packages/monolog.yaml' => null, 'config/services.yaml' => $services] + self::PATIENCE);
        [$code, $output] = $this->app->console('app:test-logging', '--count=10');
        self::assertSame(0, $code, $output);
        self::assertStringContainsString('10 of 10 records were sent', $output);
    }

    public function testTheConfigurationShownIsTheDefault(): void
    {
        $container = new ContainerBuilder();
        $extension = new \Envelog\DependencyInjection\EnvelogExtension();
        $shown = Yaml::parse(Readme::files()['config/packages/envelog.yaml'])['envelog'];
        $configuration = new \Envelog\DependencyInjection\Configuration();
        $processor = new \Symfony\Component\Config\Definition\Processor();
        self::assertSame('envelog', $extension->getAlias());
        self::assertEquals($processor->processConfiguration($configuration, []), $processor->processConfiguration($configuration, [$shown]));
        $default = $processor->processConfiguration($configuration, []);
        ksort($default);
        ksort($shown);
        self::assertEquals($default, $shown, 'and it is complete');
    }
}
