<?php

declare(strict_types=1);

// bin/console of the application in the directory TEST_APP.

use Envelog\Tests\App\AppKernel;
use Envelog\Tests\App\TestApp;
use Symfony\Bundle\FrameworkBundle\Console\Application;

require dirname(__DIR__).'/bootstrap.php';

TestApp::loadEnvironment(getenv('TEST_APP'), []);
exit((new Application(new AppKernel(getenv('TEST_APP'))))->run());
