<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\BusSender;
use Envelog\Outbox\RedisSender;
use Envelog\Outbox\SenderFactory;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;

final class SenderFactoryTest extends TestCase
{
    public function testBatchesGoToRedisAtOnce(): void
    {
        self::assertInstanceOf(RedisSender::class, $this->factory()->forBatches('redis://localhost/log-messages', [], new PhpSerializer()));
    }

    public function testOtherTransportsGetThemFromTheBus(): void
    {
        self::assertInstanceOf(BusSender::class, $this->factory()->forBatches('doctrine://default', [], new PhpSerializer()));
        self::assertInstanceOf(BusSender::class, $this->factory()->forDispatch());
    }

    public function testRefusesToWaitForNoTime(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessage('The timeout must be greater than 0 seconds, 0 given.');
        $this->factory(0);
    }

    private function factory(float $timeout = 1): SenderFactory
    {
        return new SenderFactory(static fn () => throw new \LogicException('not asked'), 'bus', $timeout);
    }
}
