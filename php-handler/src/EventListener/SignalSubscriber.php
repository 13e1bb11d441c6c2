<?php

declare(strict_types=1);

namespace Envelog\EventListener;

use Envelog\Outbox\Outbox;
use Symfony\Component\Console\ConsoleEvents;
use Symfony\Component\Console\Event\ConsoleCommandEvent;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Sends what waits before a signal ends a command, and then lets the signal end it as it would have without this. A signal
 * that the application handles itself, as a worker of Messenger does, or ignores, is left alone.
 *
 * It needs the extension pcntl.
 */
final class SignalSubscriber implements EventSubscriberInterface
{
    /** By number, as the constants are pcntl's: SIGHUP, SIGINT, SIGTERM. */
    private const SIGNALS = [1, 2, 15];
    private const LAST = -4096;

    public function __construct(private readonly Outbox $outbox)
    {
    }

    public static function getSubscribedEvents(): array
    {
        return [ConsoleEvents::COMMAND => ['onCommand', self::LAST]];
    }

    public function onCommand(ConsoleCommandEvent $event): void
    {
        if (!\function_exists('pcntl_signal') || !\function_exists('pcntl_signal_get_handler')) {
            return;
        }
        foreach (self::SIGNALS as $signal) {
            if (\SIG_DFL === pcntl_signal_get_handler($signal) && !self::isIgnored($signal)) {
                pcntl_async_signals(true);
                pcntl_signal($signal, $this->onSignal(...));
            }
        }
    }

    private function onSignal(int $signal): void
    {
        $this->outbox->whenIdle(function () use ($signal): void {
            $this->outbox->flush();
            pcntl_signal($signal, \SIG_DFL);
            if (\function_exists('posix_kill')) {
                posix_kill(getmypid(), $signal);
            } else {
                exit(128 + $signal);
            }
        });
    }

    /** Whether the command was started by nohup. PHP does not tell that it ignores SIGHUP; the shell names what it has started. */
    private static function isIgnored(int $signal): bool
    {
        return 1 === $signal && 'nohup' === basename((string) getenv('_'));
    }
}
