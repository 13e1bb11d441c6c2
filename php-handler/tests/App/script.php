<?php

declare(strict_types=1);

// A script of the application in the directory TEST_APP that logs and then ends without any event of Symfony's: in the
// way that its argument says.

use Envelog\Tests\App\AppKernel;
use Envelog\Tests\App\TestApp;

require dirname(__DIR__).'/bootstrap.php';

ini_set('display_errors', '0');
ini_set('memory_limit', '64M');
TestApp::loadEnvironment(getenv('TEST_APP'), []);
$kernel = new AppKernel(getenv('TEST_APP'));
$kernel->boot();
$logger = $kernel->getContainer()->get('logger');
register_shutdown_function(static fn () => $logger->info('logged at shutdown'));
$logger->info('before the end');

match ($argv[1]) {
    'return' => null,
    'exit' => exit(3),
    'exception' => throw new RuntimeException('nobody catches it'),
    'memory' => str_repeat('x', 100 << 20),
};
