<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

/**
 * A script of the application that runs.
 */
final class ScriptProcess
{
    /** @var resource what it prints */
    public $output;
    /** @var resource */
    private $process;
    private ?array $status = null;

    public function __construct(array $command, array $environment)
    {
        $this->process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]], $pipes, null, $environment);
        $this->output = $pipes[1];
    }

    public function __destruct()
    {
        if (\is_resource($this->process)) {
            proc_terminate($this->process, \SIGKILL);
            proc_close($this->process);
        }
    }

    /** Returns whether it still runs. */
    public function signal(int $signal): bool
    {
        $this->status = null === $this->status || $this->status['running'] ? proc_get_status($this->process) : $this->status;

        return $this->status['running'] && proc_terminate($this->process, $signal);
    }

    /** Returns the signal that has ended it; 0 when none has. */
    public function waitForSignal(): int
    {
        stream_get_contents($this->output);
        while (null === $this->status || $this->status['running']) {
            usleep(1000);
            // Only the first call after the end tells how it ended.
            $this->status = proc_get_status($this->process);
        }

        return $this->status['signaled'] ? $this->status['termsig'] : 0;
    }

    /** Returns its exit code. */
    public function wait(): int
    {
        stream_get_contents($this->output);

        return proc_close($this->process);
    }
}
