<?php

declare(strict_types=1);

// A console application in the directory TEST_APP whose only command lives through what its argument says, while a record
// waits. It prints "ready" when it can be sent a signal.

use Envelog\Tests\App\AppKernel;
use Envelog\Tests\App\TestApp;
use Symfony\Bundle\FrameworkBundle\Console\Application;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\ArrayInput;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\ConsoleOutput;
use Symfony\Component\Console\Output\OutputInterface;

require dirname(__DIR__).'/bootstrap.php';

TestApp::loadEnvironment(getenv('TEST_APP'), []);
$kernel = new AppKernel(getenv('TEST_APP'));
$kernel->boot();
$application = new Application($kernel);
$application->setAutoExit(false);
$command = new class($kernel, $argv[1]) extends Command {
    public function __construct(private AppKernel $kernel, private string $what)
    {
        parent::__construct('life');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $logger = $this->kernel->getContainer()->get('logger');
        $logger->info('before');

        return $this->{$this->what}($logger);
    }

    /** Waits for a signal. */
    private function wait(): int
    {
        echo "ready\n";
        while (true) {
            usleep(1000);
        }
    }

    /** Sends a batch, which takes long. */
    private function flush($logger): int
    {
        $logger->error('error');
        while (true) { // until the signal is handled
            usleep(1000);
        }
    }

    /** Is ended by its own handler of a signal while it sends. */
    private function exitInFlush($logger): int
    {
        pcntl_async_signals(true);
        pcntl_signal(SIGALRM, static fn () => exit(7));
        pcntl_alarm(1);
        $logger->error('error');

        return 0;
    }

    private function fork($logger): int
    {
        $children = [];
        for ($i = 0; $i < 3; ++$i) {
            if (0 === $child = pcntl_fork()) {
                $logger->info("child $i");

                return 0;
            }
            $children[] = $child;
        }
        array_map(static fn (int $child) => pcntl_waitpid($child, $status), $children);
        $logger->info('parent');

        return 0;
    }

    private function forkConnected($logger): int
    {
        $logger->error('connected');
        $this->fork($logger);
        $logger->error('still connected');

        return 0;
    }
};
method_exists($application, 'addCommand') ? $application->addCommand($command) : $application->add($command);
exit($application->run(new ArrayInput(['command' => 'life']), new ConsoleOutput()));
