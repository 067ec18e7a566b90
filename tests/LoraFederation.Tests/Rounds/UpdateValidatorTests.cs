using LoraFederation.Rounds;
using LoraFederation.Tests.Testing;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Rounds;

/// <summary>Whom the validator believes.</summary>
public sealed class UpdateValidatorTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly UpdateExpectations Expected = new(0, "state");

    [Test]
    public void Validate_WithAMinority_PutsItAside_WhateverItsName([Values("a", "b", "c", "d")] string wrong)
    {
        UpdateVerdict verdict = Validate([.. "abcd".Select(name => Update($"{name}", outputs: wrong.Contains(name, StringComparison.Ordinal) ? 5 : 4))]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(verdict.Quarantined.Single().ClientId, Is.EqualTo(wrong));
            Assert.That(verdict.Quarantined.Single().Message, Does.Contain("an update of [4, 3] with 3, an update of [5, 3] with 1"));
            Assert.That(verdict.Valid, Has.Count.EqualTo(3));
        }
    }

    [Test]
    public void Validate_WithoutAMajority_PutsBothSidesAside_AndNobodyElse()
    {
        ClientUpdate other = new("c", new LoraAdapter([Module("other", 4)]));
        UpdateVerdict verdict = Validate(Update("a", 4), Update("b", 5), other);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(verdict.Quarantined.Select(problem => problem.ClientId), Is.EqualTo(["a", "b"]));
            Assert.That(verdict.Quarantined.Select(problem => problem.Message), Is.All.Contains("no majority"));
            Assert.That(verdict.Valid.Single().ClientId, Is.EqualTo("c"));
        }
    }

    [Test]
    public void Validate_OfOneAgainstTheBase_FindsWhatDoesNotFit()
    {
        using TestModel model = new TestModel().Add("m.weight", DataType.F32, [4, 3], new float[12]);
        using TensorSet set = model.ToSet();
        ClientUpdate[] updates = [Update("a", 4), Update("b", 5), new("c", new LoraAdapter([Module("other", 4)]))];
        UpdateVerdict verdict = new UpdateValidator(Device).Validate(updates, Expected with { Base = set });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(verdict.Valid.Single().ClientId, Is.EqualTo("a"));
            Assert.That(
                verdict.Quarantined.Select(problem => (problem.ClientId, problem.Error)),
                Is.EqualTo([("b", FederationError.ShapeMismatch), ("c", FederationError.UnknownModule)]));
        }
    }

    [Test]
    public void Validate_OfTwoUpdatesOfOneClient_IsRefused() =>
        Assert.That(() => Validate(Update("a", 4), Update("a", 4)), Throws.TypeOf<FederationException>().With.Property(nameof(FederationException.Error)).EqualTo(FederationError.DuplicateClient));

    [Test]
    public void Validate_WithNonFiniteAllowed_LetsItThrough()
    {
        ClientUpdate update = new("a", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [float.NaN], [1])]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Validate(update).Quarantined.Single().Error, Is.EqualTo(FederationError.NonFinite));
            Assert.That(new UpdateValidator(Device).Validate([update], Expected with { AllowNonFinite = true }).Valid, Has.Count.EqualTo(1));
        }
    }

    private static UpdateVerdict Validate(params ClientUpdate[] updates) => new UpdateValidator(Device).Validate(updates, Expected);

    private static ClientUpdate Update(string client, int outputs) => new(client, new LoraAdapter([Module("m", outputs)]));

    private static LoraModule Module(string path, int outputs) => RandomFederation.Module(path, outputs, 3, 1, [1, 2, 3], [.. new float[outputs]]);
}
