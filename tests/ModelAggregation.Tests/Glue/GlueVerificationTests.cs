using ModelAggregation.Glue;

namespace ModelAggregation.Tests.Glue;

public sealed class GlueVerificationTests
{
    [Test]
    public async Task AnOutput_IsVerified_ToTheBit()
    {
        using GlueRig rig = new();
        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);

        GlueVerification verification = await rig.Glue.VerifyAsync(rig.Folder["out"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(verification.Mismatches, Is.Empty);
            Assert.That(verification.Scores, Is.EqualTo(2 * result.Models.Count));
            Assert.That(verification.Files, Is.GreaterThan(10));
        }
    }

    [Test]
    public async Task AScoreThatWasChanged_IsFound()
    {
        using GlueRig rig = new();
        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);
        string path = rig.Folder["out", "scores.json"];
        string text = File.ReadAllText(path);
        string value = result.Chosen.HoldOut.Scores[0].Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        File.WriteAllText(path, text.Replace(value, "-0.001", StringComparison.Ordinal));

        GlueVerification verification = await rig.Glue.VerifyAsync(rig.Folder["out"]);

        Assert.That(verification.Mismatches.Select(mismatch => mismatch.Subject), Does.Contain("scores.json").And.Contain($"{result.Chosen.Name}, hold-out, task near"));
    }

    [TestCase("out/merged/a-bad/model.safetensors", "merged/a-bad/model.safetensors", "merged a-bad, proxy, task near")]
    [TestCase("zoo/b-one/model.safetensors", "b-one/model.safetensors", "b-one, hold-out, task near")]
    public async Task AModelThatWasChanged_IsFound_ByItsHashAndItsScores(string file, string hash, string score)
    {
        using GlueRig rig = new();
        await rig.Glue.RunAsync(rig.Recipe);
        string path = rig.Folder[file];
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^2] ^= 0x10;
        File.WriteAllBytes(path, bytes);

        GlueVerification verification = await rig.Glue.VerifyAsync(rig.Folder["out"]);

        Assert.That(verification.Mismatches.Select(mismatch => mismatch.Subject), Does.Contain(hash).And.Contain(score));
    }

    [Test]
    public async Task AModelThatIsGone_IsAMismatch()
    {
        using GlueRig rig = new();
        await rig.Glue.RunAsync(rig.Recipe);
        Directory.Delete(rig.Folder["out", "merged", "a-bad"], recursive: true);

        GlueVerification verification = await rig.Glue.VerifyAsync(rig.Folder["out"]);

        Assert.That(verification.Mismatches.Select(mismatch => mismatch.Found), Does.Contain("no file"));
    }

    [Test]
    public async Task AFolderOfAnotherRecipe_IsNotVerifiedByThisOne()
    {
        using GlueRig rig = new();
        await rig.Glue.RunAsync(rig.Recipe);
        GlueRecipe many = rig.Recipe with { Threads = 5, Search = rig.Recipe.Search with { Workers = 2 } };

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await rig.Glue.VerifyAsync(many)).IsVerified);
            Assert.That(() => rig.Glue.VerifyAsync(rig.Recipe with { Seed = 1 }), Throws.InstanceOf<GlueException>().With.Property(nameof(GlueException.Error)).EqualTo(GlueError.OutputInUse));
        }
    }

    [TestCase("../../etc/passwd")]
    [TestCase("/etc/passwd")]
    [TestCase("merged/../../x")]
    public async Task AManifestThatReachesOut_IsRefused(string path)
    {
        using GlueRig rig = new();
        await rig.Glue.RunAsync(rig.Recipe);
        string manifest = rig.Folder["out", "manifest.json"];
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"scores.json\"", $"\"{path}\"", StringComparison.Ordinal));

        Assert.That(() => rig.Glue.RunAsync(rig.Recipe), Throws.InstanceOf<GlueException>().With.Property(nameof(GlueException.Error)).EqualTo(GlueError.ArtefactInvalid));
    }

    [Test]
    public void AFolderOfSomethingElse_IsAnError()
    {
        using GlueRig rig = new();

        Assert.That(() => rig.Glue.VerifyAsync(rig.Folder["zoo"]), Throws.InstanceOf<GlueException>().With.Property(nameof(GlueException.Error)).EqualTo(GlueError.ArtefactInvalid));
    }
}
