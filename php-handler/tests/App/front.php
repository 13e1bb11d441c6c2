<?php

declare(strict_types=1);

// public/index.php of the application in the directory TEST_APP.

use Envelog\Tests\App\AppKernel;
use Envelog\Tests\App\TestApp;
use Symfony\Component\HttpFoundation\Request;

require dirname(__DIR__).'/bootstrap.php';

TestApp::loadEnvironment($_SERVER['TEST_APP'], []);
$kernel = new AppKernel($_SERVER['TEST_APP']);
$request = Request::createFromGlobals();
$response = $kernel->handle($request);
$response->send();
$kernel->terminate($request, $response);
