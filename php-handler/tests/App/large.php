<?php

declare(strict_types=1);

// A script of the application in the directory TEST_APP that logs COUNT records of 256 KB each, with a memory limit.

use Envelog\Tests\App\AppKernel;
use Envelog\Tests\App\TestApp;

require dirname(__DIR__).'/bootstrap.php';

TestApp::loadEnvironment(getenv('TEST_APP'), []);
$kernel = new AppKernel(getenv('TEST_APP'));
$kernel->boot();
$logger = $kernel->getContainer()->get('logger');
ini_set('memory_limit', $argv[2]);
for ($i = 0; $i < (int) $argv[1]; ++$i) {
    $context = [];
    for ($j = 0; $j < 8; ++$j) {
        $context["part$j"] = str_repeat(chr(97 + ($i + $j) % 26), 32 * 1024 - 100).$i;
    }
    $logger->info("record $i", $context);
}
$logger->error('the last one');
