-- A centre below the one that asked sees what its own units were asked, and changes nothing of it.
CREATE POLICY asset_campaign_asked ON asset_campaign FOR SELECT USING (
  tongan_side() = 'centre'
  AND EXISTS (
    SELECT 1 FROM asset_campaign_unit u WHERE u.campaign_id = asset_campaign.id AND tongan_sees(u.unit_path)
  )
);
