using DataShapley.Estimators;
using DataShapley.Games;
using ModelSdk.Testing;

namespace DataShapley.Tests.Games;

public sealed class FailureTests
{
    private static readonly Coalition Bad = Coalition.Of(4, 1, 2);

    [Test, CancelAfter(60_000)]
    public async Task AFailure_FollowsItsPolicy_AndIsCounted([Values(1, 5, 100)] int batchSize, [Values(1, 4)] int workers, CancellationToken cancellationToken)
    {
        foreach ((FailurePolicy policy, double expected) in ((FailurePolicy, double)[])[(FailurePolicy.Skip, double.NaN), (FailurePolicy.Use(0.5), 0.5)])
        {
            HostileUtility utility = new(batchSize, requests => requests.Any(request => request.Coalition.Equals(Bad)) ? throw new InvalidOperationException("bad") : Sizes(requests));
            using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = workers, OnException = policy });

            double[] values = await evaluator.EvaluateAsync(All(), cancellationToken);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(values, Is.EqualTo(All().Select(request => request.Coalition.Equals(Bad) ? expected : request.Coalition.Size)));
                Assert.That(evaluator.Counts.Failed, Is.EqualTo(1));
                Assert.That(evaluator.Counts.Evaluated, Is.EqualTo(15));
            }
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AFailure_ThatIsThrown_EndsTheRun_AndTheFirstOneIsTold([Values(1, 4)] int workers, CancellationToken cancellationToken)
    {
        HostileUtility utility = new(1, requests => requests[0].Coalition.Size == 2 ? throw new InvalidOperationException("bad") : Sizes(requests));

        UtilityException error = (await Assert.ThrowsAsync<UtilityException>(() => new DataValuator().ValueAsync(
            utility, new ValuationRecipe(new ExactEstimator()) { Evaluation = new EvaluationOptions { Workers = workers } }, cancellationToken: cancellationToken)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Reason, error.Utility, error.Coalition), Is.EqualTo((UtilityError.Failed, "hostile", Coalition.Of(4, 0, 1))));
            Assert.That(error.InnerException, Is.InstanceOf<InvalidOperationException>());
            Assert.That(error.Message, Does.Contain("2 of 4 players: 0, 1").And.Contain("bad"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AFailure_ThatIsThrown_IsOfItsOwnRequestAlone_WhateverItWasAskedWith([Values(1, 100)] int batchSize, [Values] bool isNotFinite, CancellationToken cancellationToken)
    {
        HostileUtility utility = new(batchSize, requests => requests.Any(request => request.Coalition.Equals(Bad))
            ? isNotFinite ? [.. requests.Select(request => request.Coalition.Equals(Bad) ? double.NaN : request.Coalition.Size)] : throw new InvalidOperationException("bad")
            : Sizes(requests));
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = 1 });

        Task<double>[] values = [.. All().Select(request => Task.Run(async () => await evaluator.EvaluateAsync(request, cancellationToken), cancellationToken))];
        await ((Task)Task.WhenAll(values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values.Count(value => value.IsFaulted), Is.EqualTo(1));
            Assert.That(values.Single(value => value.IsFaulted).Exception!.InnerException, Is.InstanceOf<UtilityException>().With.Property("Coalition").EqualTo(Bad));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AValueThatIsNotFinite_FollowsItsPolicy([Values(double.NaN, double.PositiveInfinity, double.NegativeInfinity)] double value, [Values(1, 5)] int batchSize, CancellationToken cancellationToken)
    {
        HostileUtility utility = new(batchSize, requests => [.. requests.Select(request => request.Coalition.Equals(Bad) ? value : request.Coalition.Size)]);
        using UtilityEvaluator skips = new(utility, new EvaluationOptions { OnNotFinite = FailurePolicy.Skip });
        using UtilityEvaluator throws = new(utility);

        double[] values = await skips.EvaluateAsync(All(), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values, Is.EqualTo(All().Select(request => request.Coalition.Equals(Bad) ? double.NaN : request.Coalition.Size)));
            Assert.That(skips.Counts.Failed, Is.EqualTo(1));
            Assert.That(
                async () => await throws.EvaluateAsync(All(), cancellationToken),
                Throws.InstanceOf<UtilityException>().With.Property("Reason").EqualTo(UtilityError.NotFinite).And.Property("Coalition").EqualTo(Bad));
        }
    }

    [Test, CancelAfter(60_000)]
    public void AWrongNumberOfValues_IsAnError([Values(0, 1, 3)] int count, [Values] bool isNull, CancellationToken cancellationToken)
    {
        HostileUtility utility = new(2, _ => isNull ? null! : new double[count]);
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = 1 });

        Assert.That(
            async () => await evaluator.EvaluateAsync(All()[..2], cancellationToken),
            Throws.InstanceOf<UtilityException>().With.Property("Reason").EqualTo(UtilityError.WrongCount));
    }

    [Test, CancelAfter(60_000)]
    public async Task ACallThatTakesTooLong_IsAFailure_ThoughItNeverEnds([Values(1, 3)] int batchSize, [Values] bool isSkipped, CancellationToken cancellationToken)
    {
        ManualTime time = new();
        using SemaphoreSlim stuck = new(0);
        CancellationToken seen = default;
        TaskCompletionSource<IReadOnlyList<double>> never = new();
        HostileUtility utility = new(batchSize, (_, token) =>
        {
            seen = token;
            stuck.Release();
            return new ValueTask<IReadOnlyList<double>>(never.Task);
        });
        EvaluationOptions options = new() { Workers = 1, TimeOut = TimeSpan.FromSeconds(1), Time = time, OnException = isSkipped ? FailurePolicy.Skip : FailurePolicy.Throw };
        using UtilityEvaluator evaluator = new(utility, options);

        Task<double> value = evaluator.EvaluateAsync(new UtilityRequest(Bad, 0, 0), cancellationToken).AsTask();
        await stuck.WaitAsync(cancellationToken);
        while (!value.IsCompleted)
        {
            // The call may be stuck before its clock runs.
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        if (isSkipped)
        {
            Assert.That(await value, Is.NaN);
        }
        else
        {
            Assert.That(async () => await value, Throws.InstanceOf<UtilityException>().With.Property("Reason").EqualTo(UtilityError.TimedOut));
        }

        Assert.That(seen.IsCancellationRequested, Is.True, "it is told");
    }

    [Test, CancelAfter(60_000)]
    public async Task Cancellation_EndsARun_WithoutAFailure([Values(1, 4)] int batchSize, [Values] bool isTimed, CancellationToken cancellationToken)
    {
        using SemaphoreSlim started = new(0);
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        HostileUtility utility = new(batchSize, async (requests, token) =>
        {
            started.Release();
            await Task.Delay(Timeout.Infinite, token);
            return Sizes(requests);
        });
        EvaluationOptions options = new() { Workers = 2, TimeOut = isTimed ? TimeSpan.FromHours(1) : null, OnException = FailurePolicy.Skip };

        Task run = new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator()) { Evaluation = options }, cancellationToken: source.Token);
        await started.WaitAsync(cancellationToken);
        await source.CancelAsync();

        Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task AUtilityThatCancelsItself_IsAFailure()
    {
        HostileUtility utility = new(1, _ => throw new OperationCanceledException("mine"));
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { OnException = FailurePolicy.Skip });

        Assert.That(await evaluator.EvaluateAsync(new UtilityRequest(Bad, 0, 0)), Is.NaN);
    }

    [Test]
    public async Task AVeryLongTimeOut_IsNoTrouble()
    {
        using UtilityEvaluator evaluator = new(new GrowingUtility(4, (coalition, _) => coalition.Size), new EvaluationOptions { TimeOut = TimeSpan.MaxValue });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await evaluator.EvaluateAsync(new UtilityRequest(Bad, 0, 0)), Is.EqualTo(2));
            Assert.That(await evaluator.GrowAsync(Enumerable.Range(1, 2).ToArray(), _ => 0), Is.EqualTo((double[])[1, 2]));
        }
    }

    [Test]
    public async Task ASkippedFailure_IsNotRemembered()
    {
        int calls = 0;
        HostileUtility utility = new(1, requests => calls++ == 0 ? throw new InvalidOperationException("once") : Sizes(requests));
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { OnException = FailurePolicy.Use(-1) });

        double first = await evaluator.EvaluateAsync(new UtilityRequest(Bad, 0, 0));
        double second = await evaluator.EvaluateAsync(new UtilityRequest(Bad, 0, 0));

        Assert.That((first, second), Is.EqualTo((-1.0, 2.0)));
    }

    [Test, CancelAfter(60_000)]
    public async Task ANoisyRun_IsTheSameBits_ForAnyNumberOfWorkers(CancellationToken cancellationToken)
    {
        List<double[]> runs = [];
        foreach (int workers in (int[])[1, 16])
        {
            DelegateUtility utility = new("noisy", 6, (request, _) => new ValueTask<double>(request.Coalition.Size + new RandomStreams(request.Seed, "noise").At(0).NextGaussian())) { IsDeterministic = false };
            runs.Add((await new DataValuator().ValueAsync(
                utility, new ValuationRecipe(new ExactEstimator()) { Seed = 3, Evaluation = new EvaluationOptions { Workers = workers } }, cancellationToken: cancellationToken)).Values.ToArray());
        }

        Assert.That(runs[1], Is.EqualTo(runs[0]));
    }

    private static UtilityRequest[] All() => [.. Enumerable.Range(0, 16).Select(mask => new UtilityRequest(Coalition.FromWords(4, [(ulong)mask]), 0, 0))];

    private static double[] Sizes(IReadOnlyList<UtilityRequest> requests) => [.. requests.Select(request => (double)request.Coalition.Size)];
}
