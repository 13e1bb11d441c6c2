<?php

declare(strict_types=1);

namespace App\Controller;

use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Attribute\AsController;
use Symfony\Component\Routing\Attribute\Route;

/**
 * The one page: it logs what a checkout would, on two channels, and shows what it logged and where that is to be found.
 */
#[AsController]
final class CheckoutController
{
    public function __construct(
        private readonly LoggerInterface $logger,
        private readonly LoggerInterface $paymentLogger,
        #[Autowire('%kernel.project_dir%/templates/checkout.html.php')]
        private readonly string $template,
    ) {
    }

    #[Route('/', methods: ['GET'])]
    public function __invoke(): Response
    {
        $order = strtoupper(bin2hex(random_bytes(3)));
        $logged = [
            $this->log('app', 'info', 'Checkout was opened', ['order' => $order, 'articles' => 3]),
            $this->log('payment', 'warning', 'Card was declined, asking for another', ['order' => $order, 'reason' => 'card expired']),
            $this->log('payment', 'info', 'Payment was taken', ['order' => $order, 'amount' => '49.90', 'token' => 'is masked']),
            $this->log('app', 'notice', 'Order was placed', ['order' => $order, 'address' => ['city' => 'Lyon', 'zip' => '69001']]),
        ];

        return new Response($this->render(['order' => $order, 'day' => date('Y-m-d'), 'logged' => $logged]));
    }

    /** @return array{channel: string, level: string, message: string} what was logged */
    private function log(string $channel, string $level, string $message, array $context): array
    {
        ('payment' === $channel ? $this->paymentLogger : $this->logger)->log($level, $message, $context);

        return ['channel' => $channel, 'level' => $level, 'message' => $message];
    }

    /** @param array{order: string, day: string, logged: list<array{channel: string, level: string, message: string}>} $page */
    private function render(array $page): string
    {
        ob_start();
        (static function (string $template, array $page): void {
            require $template;
        })($this->template, $page);

        return ob_get_clean();
    }
}
