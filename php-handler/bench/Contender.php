<?php

declare(strict_types=1);

namespace Envelog\Bench;

use Monolog\Handler\HandlerInterface;
use Monolog\Logger;

/**
 * A way of logging, and the times that it took.
 */
final class Contender
{
    private const RECORDS_OF_A_REQUEST = 50;

    /** @var list<float> microseconds a record, by round */
    public array $inRequest = [];
    /** @var list<float> */
    public array $after = [];

    /**
     * @param \Closure(): void $terminate what happens after the response
     */
    public function __construct(public readonly string $name, private readonly HandlerInterface $handler, private readonly \Closure $terminate, public readonly bool $sends = true)
    {
    }

    public function round(string $message, array $context, int $records): void
    {
        $logger = new Logger('app', [$this->handler]);
        $inRequest = $after = 0;
        for ($left = $records; $left > 0; $left -= self::RECORDS_OF_A_REQUEST) {
            $start = hrtime(true);
            for ($i = min($left, self::RECORDS_OF_A_REQUEST); $i > 0; --$i) {
                $logger->info($message, $context);
            }
            $end = hrtime(true);
            ($this->terminate)();
            $inRequest += $end - $start;
            $after += hrtime(true) - $end;
        }
        $this->inRequest[] = $inRequest / $records / 1000;
        $this->after[] = $after / $records / 1000;
    }
}
