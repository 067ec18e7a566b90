using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Games;

public sealed class EvaluatorTests
{
    [Test, CancelAfter(60_000)]
    public async Task Workers_AreAsManyCallsAsAllowed_AndNoMore([Values(1, 3, 8)] int workers, CancellationToken cancellationToken)
    {
        int running = 0;
        int most = 0;
        using SemaphoreSlim all = new(0);
        DelegateUtility utility = new("counting", 10, async (request, token) =>
        {
            InterlockedMaximum(ref most, Interlocked.Increment(ref running));
            if (Volatile.Read(ref running) == workers)
            {
                all.Release(1 << 20);
            }

            // Nobody goes on before as many are there as may be: a bound that is too low would hang.
            await all.WaitAsync(token);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return request.Coalition.Size;
        });
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = workers });

        double[] values = await evaluator.EvaluateAsync(Requests(10, 200), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(most, Is.EqualTo(workers));
            Assert.That(values, Is.EqualTo(Requests(10, 200).Select(request => (double)request.Coalition.Size)));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Batches_UnderLoad_AreFull(CancellationToken cancellationToken)
    {
        BatchUtility utility = new(10, batchSize: 16);
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = 1 });

        await evaluator.EvaluateAsync(Requests(10, 160), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(utility.Batches.Sum(), Is.EqualTo(160));
            Assert.That(utility.Batches, Has.All.LessThanOrEqualTo(16));
            Assert.That(utility.Batches.Take(2), Is.EqualTo((int[])[16, 16]), "what is known together leaves together");
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task ValuesOfARun_AreTheSameBits_WhateverTheBatchesAndWorkers(CancellationToken cancellationToken)
    {
        List<double[]> runs = [];
        foreach ((int batchSize, int workers) in ((int, int)[])[(1, 1), (1, 16), (2, 3), (7, 1), (64, 4), (1000, 2)])
        {
            ValuationRecipe recipe = new(new ExactEstimator()) { Evaluation = new EvaluationOptions { Workers = workers } };
            runs.Add((await new DataValuator().ValueAsync(new BatchUtility(8, batchSize), recipe, cancellationToken: cancellationToken)).Values.ToArray());
        }

        Assert.That(runs, Has.All.EqualTo(runs[0]));
    }

    [Test, CancelAfter(60_000)]
    public async Task ACoalition_AskedForWhileItIsUnderWay_IsEvaluatedOnce(CancellationToken cancellationToken)
    {
        int calls = 0;
        TaskCompletionSource<double> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DelegateUtility utility = new("slow", 3, async (_, token) =>
        {
            Interlocked.Increment(ref calls);
            return await answer.Task.WaitAsync(token);
        });
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = 8 });
        UtilityRequest request = new(Coalition.Of(3, 1), 0, 0);

        Task<double>[] asked = [.. Enumerable.Range(0, 5).Select(_ => evaluator.EvaluateAsync(request, cancellationToken).AsTask())];
        answer.SetResult(7);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Task.WhenAll(asked), Has.All.EqualTo(7));
            Assert.That(calls, Is.EqualTo(1));
            Assert.That(evaluator.Counts, Is.EqualTo(new EvaluationCounts(5, 1, 4, 0, 0)));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task WhoeverAskedFirst_MayGiveUp_WithoutTheOthers(CancellationToken cancellationToken)
    {
        int calls = 0;
        using SemaphoreSlim started = new(0);
        TaskCompletionSource<double> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DelegateUtility utility = new("slow", 3, async (_, token) =>
        {
            Interlocked.Increment(ref calls);
            started.Release();
            return await answer.Task.WaitAsync(token);
        });
        using UtilityEvaluator evaluator = new(utility);
        using CancellationTokenSource first = new();
        UtilityRequest request = new(Coalition.Of(3, 1), 0, 0);

        Task<double> given = evaluator.EvaluateAsync(request, first.Token).AsTask();
        Task<double> kept = evaluator.EvaluateAsync(request, cancellationToken).AsTask();
        await started.WaitAsync(cancellationToken);
        await first.CancelAsync();
        await started.WaitAsync(cancellationToken);
        answer.SetResult(7);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await given, Throws.InstanceOf<OperationCanceledException>());
            Assert.That(await kept, Is.EqualTo(7));
            Assert.That(calls, Is.EqualTo(2));
        }
    }

    [Test]
    public async Task ANoisyUtility_IsAskedEachTime_AndGetsTheSeedOfTheRequest()
    {
        List<ulong> seeds = [];
        DelegateUtility utility = new("noisy", 3, (request, _) =>
        {
            seeds.Add(request.Seed);
            return new ValueTask<double>(1);
        })
        { IsDeterministic = false };
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = 1 });

        await evaluator.EvaluateAsync([new UtilityRequest(Coalition.Of(3, 1), 0, 5), new UtilityRequest(Coalition.Of(3, 1), 0, 6)]);

        Assert.That(seeds, Is.EqualTo((ulong[])[5, 6]));
    }

    [Test]
    public async Task ADeterministicUtility_GetsOneSeedForACoalition_WhateverTheRun()
    {
        List<(Coalition, ulong)> seen = [];
        DelegateUtility utility = new("seeded", 3, (request, _) =>
        {
            seen.Add((request.Coalition, request.Seed));
            return new ValueTask<double>(request.Seed / (double)ulong.MaxValue);
        });
        EvaluationOptions options = new() { Workers = 1 };

        ValuationResult first = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator()) { Seed = 1, Evaluation = options });
        ValuationResult second = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator()) { Seed = 2, Evaluation = options });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen.Distinct().Count(), Is.EqualTo(8), "a cache or journal that outlives a run holds what any other run would compute");
            Assert.That(second.Values, Is.EqualTo(first.Values));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AGrowingUtilityThatTakesBatches_ServesWhatWaits(CancellationToken cancellationToken)
    {
        // Growing holds the only worker while a batch waits for it: whoever is done has to let the batch go.
        GrowingBatchUtility utility = new(4);
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = 1 });
        Task<double[]> growing = Task.Run(() => evaluator.GrowAsync(Enumerable.Range(0, 4).ToArray(), _ => 0, cancellationToken: cancellationToken), cancellationToken);
        await utility.Started.WaitAsync(cancellationToken);

        Task<double> waiting = evaluator.EvaluateAsync(new UtilityRequest(Coalition.Of(4, 2), 0, 0), cancellationToken).AsTask();
        utility.GoOn.Set();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await growing, Is.EqualTo((double[])[1, 2, 3, 4]));
            Assert.That(await waiting.WaitAsync(cancellationToken), Is.EqualTo(1));
        }
    }

    private static UtilityRequest[] Requests(int players, int count) =>
        [.. Enumerable.Range(0, count).Select(mask => new UtilityRequest(Coalition.FromWords(players, [(ulong)mask]), 0, 0))];

    private static void InterlockedMaximum(ref int target, int value)
    {
        for (int seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
